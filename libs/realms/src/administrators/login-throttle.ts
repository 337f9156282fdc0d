import { createHash } from 'node:crypto';
import { isIP } from 'node:net';

import ipaddr from 'ipaddr.js';

/** Who tries to log in, and from where. */
export interface ThrottledAttempt {
  /** As given: unknown names are throttled like known ones. */
  readonly account: string;
  /** The client's address. */
  readonly client: string;
  /**
   * A user, whose account is another one than that of an administrator of the same name. The client's network is not counted
   * as a whole then: gateways bring the logins of many users.
   */
  readonly isUser?: true;
  /** The user's own network, where it is known and is to be counted as a whole. */
  readonly userNetwork?: string;
}

export type ThrottleVerdict =
  | {
      readonly kind: 'charged';
      /** The database's clock. */
      readonly now: Date;
      readonly configurationVersion: number;
    }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

/** Counts failed logins per account and client network, on all nodes together. All methods throw Unavailable. */
export abstract class LoginThrottle {
  /**
   * Counts the attempt as a failure, before its password is looked at: of any number of parallel guesses no more are let
   * through than the rules allow. An attempt that has to wait is refused and not counted.
   * Where the account logged in from lately, the delay of the account as a whole does not apply.
   */
  abstract charge(attempt: ThrottledAttempt): Promise<ThrottleVerdict>;
  /** Takes the charge back, clears account and pair, and remembers the network as one that the account logs in from. */
  abstract succeeded(attempt: ThrottledAttempt): Promise<void>;
  /** Takes the charge back: nobody could say whether the password was right. */
  abstract withdraw(attempt: ThrottledAttempt): Promise<void>;
  abstract purgeExpired(): Promise<void>;
}

/** What failures are counted under. */
export interface ThrottleSubjects {
  readonly account: string;
  /** `null`: it is not counted. */
  readonly network: string | null;
  readonly pair: string;
  /** Stands for a successful login of the account from this network. */
  readonly known: string;
}

const IPV4_NETWORK_BITS = 24;
const IPV6_NETWORK_BITS = 64;

/** The network that a client's address counts for: /24 (IPv4, also when mapped into IPv6), /64 (IPv6). */
export function clientNetwork(address: string): string {
  if (isIP(address) === 0) return address;
  const parsed = ipaddr.process(address);
  const bits = parsed.kind() === 'ipv4' ? IPV4_NETWORK_BITS : IPV6_NETWORK_BITS;
  return `${parsed
    .toByteArray()
    .slice(0, bits / 8)
    .join('.')}/${bits}`;
}

/** Hashed: of one length whatever was typed, and a password typed in the wrong field is not kept. */
export function throttleSubjects({
  account,
  client,
  isUser,
  userNetwork,
}: ThrottledAttempt): ThrottleSubjects {
  const network = clientNetwork(client);
  const of = isUser ? 'user-' : '';
  const counted = isUser ? userNetwork : network;
  return {
    account: `${of}account:${digest(account)}`,
    network: counted === undefined ? null : `${of}network:${digest(counted)}`,
    pair: `${of}pair:${digest(`${network} ${account}`)}`,
    known: `${of}known:${digest(`${network} ${account}`)}`,
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('base64url');
}
