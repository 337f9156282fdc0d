import type { PartitionKey } from '@app/otp';
import { type PartitionKeys, type Token, partitionOf, tokenType } from '@app/tokens';

import { type Challenge, isRightlyAnswered } from './challenges/challenge.js';
import { targetOf, targetSerials } from './decide/forwarded-token.js';
import type { DevicePolicies } from './policies/device-policies.js';
import type { LoginSnapshots } from './ports.js';

/** What clients need to check answers of a token's device without this server. */
export interface OfflineInfo {
  readonly serial: string;
  /** Label of the token's type. */
  readonly label: string;
  readonly info: Readonly<Record<string, string | number>>;
}

export function asksDevice({ type }: Pick<Token, 'type'>): boolean {
  return tokenType(type).challenge?.device !== undefined;
}

/** The server's keys, by the partitions of tokens that ask devices. @throws Unavailable */
export async function partitionKeys(
  tokens: readonly Token[],
  store: PartitionKeys,
): Promise<ReadonlyMap<number, PartitionKey>> {
  const partitions = tokens.filter(asksDevice).flatMap((token) => partitionOf(token) ?? []);
  const keys = new Map<number, PartitionKey>();
  for (const partition of new Set(partitions)) {
    const key = await store.find(partition);
    if (key) keys.set(partition, key);
  }
  return keys;
}

/**
 * Where a policy lets the client have it (spec/validate-api §2.9). Of a forward token it is what its target's device goes by, and
 * which token that is.
 *
 * @param target of a forward token; absent: it is none, or its target is not known
 */
export function offlineInfo(
  token: Token | null,
  policies: Pick<DevicePolicies, 'supportsOffline'>,
  target: Token | null = null,
): OfflineInfo | null {
  if (!token) return null;
  const { label } = tokenType(token.type);
  const asked = target ?? token;
  const { device, key } = tokenType(asked.type).challenge ?? {};
  const info = device?.offline?.(asked) ?? key?.offline(asked);
  if (!info || !policies.supportsOffline(label)) return null;
  return { serial: token.serial, label, info: target ? { ...info, ...forwardNames(target) } : info };
}

/**
 * The same of tokens whose challenges are looked at: of those alone whose challenge was answered rightly. Targets of forward tokens
 * are read for it, where there are any.
 * @returns by ids of challenges @throws Unavailable
 */
export async function offlineOfAnswered(
  looked: readonly { readonly challenge: Challenge; readonly token: Token }[],
  policies: Pick<DevicePolicies, 'supportsOffline'>,
  snapshots: LoginSnapshots,
): Promise<ReadonlyMap<number, OfflineInfo>> {
  const answered = looked.filter(({ challenge }) => isRightlyAnswered(challenge));
  const serials = targetSerials(answered.map(({ token }) => token));
  const targets = serials.length === 0 ? [] : (await snapshots.load({ serials })).tokens;
  return new Map(
    answered.flatMap(({ challenge, token }) => {
      const info = offlineInfo(token, policies, targetOf(token, targets));
      return info ? [[challenge.id, info] as const] : [];
    }),
  );
}

/** By what clients know the token whose OTPs a forward token takes (spec/token-types §15). */
export function forwardNames({ serial, description, type }: Token) {
  return {
    linotp_forward_tokenserial: serial,
    linotp_forward_tokendescription: description,
    linotp_forward_tokentype: tokenType(type).label,
  };
}
