import type { PartitionKey } from '@app/otp';
import type { ConfigurationSnapshot, UserDirectory } from '@app/realms';
import { type PartitionKeys, type Token, tokenType } from '@app/tokens';
import { Unavailable } from '@app/kernel';

import type { Asked } from '../asked.js';
import { askedByTransaction } from '../challenges/asked-by-transaction.js';
import { targetSerials } from '../decide/forwarded-token.js';
import { MessagePolicies } from '../deliver/message-policies.js';
import type { Enter } from '../login-admission.js';
import { tokenKeys } from '../login-keys.js';
import { asksDevice, partitionKeys } from '../login-devices.js';
import type { LoginRequest } from '../login-request.js';
import { type Concerned, type TokenUser, concernedOwner, concernedToken, userOf } from '../login-scene.js';
import type { LoginDecision, LoginSubject } from '../login.js';
import { DevicePolicies } from '../policies/device-policies.js';
import { KeyPolicies } from '../policies/key-policies.js';
import { LoginPolicies } from '../policies/login-policies.js';
import type { LoginSnapshot, LoginSnapshots } from '../ports.js';

/** All that a login goes by, as it was read. */
export interface ReadLogin {
  readonly snapshot: LoginSnapshot;
  /** Of the transaction that it names; `null`: none. */
  readonly root: string | null;
  readonly subject: LoginSubject;
  readonly concerned: Concerned;
  /** Those that may be meant. */
  readonly tokens: readonly Token[];
  /** Those that forward tokens among them lead to, and the serials by which they were looked for. */
  readonly targets: readonly Token[];
  readonly serials: readonly string[];
  /** Whether one of all these has its OTPs sent. */
  readonly hasSent: boolean;
  /** Whether one of them asks questions. */
  readonly hasAsked: boolean;
  /** Whether one asks an app on a paired device, and what the server has for that. */
  readonly hasDevice: boolean;
  /** Whether one has a security key. */
  readonly hasKey: boolean;
  readonly keys: ReadonlyMap<number, PartitionKey>;
  /** Whether the open challenges of the tokens were read as well. */
  readonly looksAtOpen: boolean;
  /** Whether it names its transaction alone. */
  readonly isByTransaction: boolean;
  /** What is decided, whatever the tokens say; `null`: they do. */
  readonly refused: LoginDecision | null;
  /** Whether policies go by the owner of the tokens, who may be another one when they are read again. */
  readonly goesByOwner: boolean;
  /** Whose the token is that a device named; `null`: nobody's that is known, or it was not asked for. */
  readonly user: TokenUser | null;
}

const NO_KEYS: ReadonlyMap<number, PartitionKey> = new Map();

/** Reads what a login goes by: its tokens, their challenges, and whom they belong to. */
export class ReadLogins {
  constructor(
    private readonly snapshots: LoginSnapshots,
    private readonly directory: UserDirectory,
    private readonly store: PartitionKeys,
  ) {}

  /**
   * @param enter told of the tokens, before anybody else is asked about them
   * @returns the version of a newer configuration, where there is one: the login starts over
   * @throws Unavailable
   */
  async execute(
    { by, transaction, asked: told }: LoginRequest,
    asked: Asked,
    configuration: ConfigurationSnapshot,
    enter: Enter,
  ): Promise<ReadLogin | { readonly startOverAt: number }> {
    const root = transaction === 'unknown' ? null : (transaction?.root ?? null);
    const loaded = await this.snapshots.load({ ...asked.selection, ...(root !== null && { root }) });
    // A second read for those alone who have such a token.
    const serials = targetSerials(loaded.tokens);
    const targets = serials.length === 0 ? [] : (await this.snapshots.load({ serials })).tokens;
    const used = [...loaded.tokens, ...targets].map(({ type }) => tokenType(type).challenge);
    const hasSent = used.some((challenge) => challenge?.sends);
    const hasAsked = used.some((challenge) => challenge?.asks);
    const hasDevice = [...loaded.tokens, ...targets].some(asksDevice);
    const hasKey = used.some((challenge) => challenge?.key);
    const looksAtOpen = (hasSent || hasAsked) && transaction === null;
    const snapshot = looksAtOpen ? await this.snapshots.load({ ...asked.selection, withOpen: true }) : loaded;
    if (snapshot.configurationVersion > configuration.version) {
      return { startOverAt: snapshot.configurationVersion };
    }
    // Who seems to have no token might be let in for it.
    if (asked.unanswered.length > 0 && snapshot.tokens.length === 0) {
      throw new Unavailable(`resolver ${asked.unanswered.join(', ')} does not answer`);
    }
    const isByTransaction = by.kind === 'transaction';
    const isByDevice = by.kind === 'device';
    const asker = isByTransaction
      ? await askedByTransaction(snapshot, transaction, configuration, this.directory)
      : null;
    const subject = asker?.subject ?? asked.subject;
    const tokens = asker?.tokens ?? snapshot.tokens;
    enter(tokenKeys([...tokens, ...targets]));
    const goesByOwner =
      isByTransaction ||
      (subject.kind === 'token' &&
        (isByDevice ||
          LoginPolicies.concern(configuration.policies) ||
          (hasSent && MessagePolicies.concern(configuration.policies)) ||
          (hasAsked && configuration.policies.hasActive('authentication')) ||
          ((hasDevice || hasKey) && DevicePolicies.concern(configuration.policies, told?.callbackId ?? '')) ||
          (hasKey && KeyPolicies.concern(configuration.policies))));
    const concerned =
      asker?.concerned ??
      asked.concerned ??
      (goesByOwner
        ? await concernedOwner(tokens, configuration, this.directory)
        : concernedToken(tokens, configuration));
    const user = isByDevice ? await userOf(tokens[0], configuration, this.directory) : null;
    const keys = hasDevice ? await partitionKeys([...tokens, ...targets], this.store) : NO_KEYS;
    return {
      snapshot,
      root,
      subject,
      concerned,
      tokens,
      targets,
      serials,
      hasSent,
      hasAsked,
      hasDevice,
      hasKey,
      keys,
      looksAtOpen,
      isByTransaction,
      refused: asker?.refused ?? null,
      goesByOwner,
      user,
    };
  }
}
