import type { ConfigurationSnapshot, LoginName, RealmUser } from '@app/realms';
import type { AskedText, QuestionWish } from '@app/tokens';

import type { Confirmation, NamedTransaction } from './challenges/challenge.js';
import type { OwnTokenUse } from './login.js';

/** What a request says of questions. */
export interface QuestionSaid extends QuestionWish {
  /** The question itself, for an answer without a challenge; `''`: none. */
  readonly answers: string;
}

export const NO_QUESTION: QuestionSaid = {
  text: '',
  form: 'raw',
  session: '',
  callback: null,
  answers: '',
};

/** What a login request says. */
export interface LoginRequest {
  /** A token by serial, without a user; or a user, whose token may be narrowed by serial. */
  readonly by:
    | { readonly kind: 'serial'; readonly serial: string }
    /** A device tells by itself which one it is; its token has one of these serials. */
    | { readonly kind: 'device'; readonly serials: readonly [string, ...string[]] }
    | {
        readonly kind: 'user';
        readonly name: (configuration: ConfigurationSnapshot) => LoginName;
        readonly serial: string | null;
        readonly onlyToken: boolean;
      }
    /**
     * A user who is known already, by one of their own tokens: a serial narrows them, and never names another one. Policies
     * neither let in who has no token nor move the user elsewhere.
     */
    | {
        readonly kind: 'own';
        readonly user: RealmUser;
        readonly serial: string | null;
        readonly as: OwnTokenUse;
      }
    /** Whom the transaction's challenges ask. */
    | { readonly kind: 'transaction' };
  readonly password: string | null;
  readonly typeLabel: string | null;
  /** The first segment of its path. */
  readonly path: string;
  /** Whether policies of authorization say who may log in, and with which tokens: not at check_s. */
  readonly needsAuthorization: boolean;
  /** What it answers, if it says so; `'unknown'`: no id looks like that. */
  readonly transaction: NamedTransaction | 'unknown' | null;
  /** Whether it gives a text, which challenges of some types need. */
  readonly hasText: boolean;
  /** What an SMS shall say; `''`: what policies say. */
  readonly messageText: string;
  /** What it says of the question that a token asks, or that it answers; absent: nothing. */
  readonly question?: QuestionSaid;
  /** A token may ask its question without any PIN: an answer then needs it. */
  readonly asksUnproven?: true;
  /** Whether a policy may let it ask for an SMS without a PIN. */
  readonly mayOmitPin: boolean;
  /** The end user's, where a gateway that is trusted passes their address; `null`: it is not known. */
  readonly network: string | null;
  /**
   * What another server would be told beside user, realm and password, where a policy has it decide; absent: it is decided
   * here, whatever policies say.
   */
  readonly forwarded?: () => ReadonlyMap<string, string>;
  /** How many servers have forwarded it before this one; absent: none. */
  readonly hops?: number;
  /** It asks for an SMS, and succeeds where one is sent or was just now. */
  readonly wantsSms?: true;
  /** The password is the signature by which a device accepts or rejects what it was asked. */
  readonly confirms?: Confirmation;
  /** What a paired device is to show; absent: nothing is told. */
  readonly asked?: AskedText;
  /** The client wants to know how to check the next logins without this server. */
  readonly wantsOffline?: true;
  /** Detail policies are told of it as of one that failed, whatever it came to. */
  readonly isToldAsFailed?: true;
}
