import type { Secret } from '@app/kernel';

import type { Token, TokenInfo } from '../token.js';
import type { Spending } from './token-type.js';

/** What somebody else's server is asked about a text that a user typed. */
export type ServerCheck =
  | {
      /** A server that speaks LinOTP's `/validate/*` (spec/token-types §13). */
      readonly kind: 'remote';
      /** URL without query. */
      readonly url: string;
      readonly form: readonly (readonly [name: string, value: string])[];
    }
  | {
      readonly kind: 'radius';
      /** In the order in which they are asked; none: what the token names cannot be read. */
      readonly servers: readonly RadiusServer[];
      readonly secret: Secret;
      readonly login: string;
      readonly password: string;
      /** Of the server's challenge that is answered, as it was told; `null`: none is. */
      readonly state: string | null;
    }
  /** The validation servers that the installation's settings name. */
  | { readonly kind: 'yubico'; readonly otp: string };

export interface RadiusServer {
  readonly host: string;
  readonly port: number;
}

export type ServerAnswer =
  | {
      readonly kind: 'accepted';
      /** Of the device, where the server tells and proves it; absent: it is not known. */
      readonly counter?: number;
    }
  | { readonly kind: 'rejected' }
  /** Nobody is let in yet: it asks for more, by a transaction of its own. */
  | {
      readonly kind: 'challenged';
      readonly transaction: string;
      readonly message: string;
      /** Which of several servers it was, and is to be answered; absent: there is one. */
      readonly server?: string;
    }
  /** It could not be asked, or its answer means nothing. @param reason for operators: no secret, and nothing that it said */
  | { readonly kind: 'failed'; readonly reason: string };

/** By whom and what for a server is asked. */
export interface AskedServer {
  readonly text: string;
  /** Who logs in, as far as it is known; `''`: it is not. */
  readonly login: string;
  readonly realm: string;
  /** The server's own transaction that is answered; `null`: none. */
  readonly transaction: string | null;
  /** Which of several servers asked; `null`: it does not matter. */
  readonly server: string | null;
  /** How many servers have asked each other about the login before. */
  readonly hops: number;
}

/** A server elsewhere knows the OTPs of such a token, and nobody here. */
export interface ServerOtps {
  /** Whether it checks the PIN, too: then all that is typed is for it, and its challenges are the user's. */
  checksPin(info: TokenInfo): boolean;
  /** @returns `null`: nobody needs to be asked, no OTP of the token looks like that */
  check(token: Token, asked: AskedServer): ServerCheck | null;
  /** @returns `null`: what the server accepted is spent here */
  spends(token: Token, answer: Extract<ServerAnswer, { readonly kind: 'accepted' }>): Spending | null;
}
