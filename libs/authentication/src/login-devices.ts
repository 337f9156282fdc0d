import type { PartitionKey } from '@app/otp';
import { type PartitionKeys, type Token, partitionOf, tokenType } from '@app/tokens';

import type { DevicePolicies } from './policies/device-policies.js';

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

/** Where a policy lets the client have it (spec/validate-api §2.9). */
export function offlineInfo(token: Token | null, policies: DevicePolicies): OfflineInfo | null {
  if (!token) return null;
  const { label, challenge } = tokenType(token.type);
  const info = challenge?.device?.offline?.(token);
  return info && policies.supportsOffline(label) ? { serial: token.serial, label, info } : null;
}
