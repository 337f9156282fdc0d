import type { AuditFacts } from '@app/audit';
import type { PartitionKey } from '@app/otp';
import type { ChallengeSettings, OcraSettings } from '@app/realms';
import type {
  AskedText,
  AssertionCheck,
  AssertionFinding,
  Assignment,
  InfoChanges,
  LoginEnrolment,
  QuestionData,
  SentTokenType,
  ServerAnswer,
  ServerCheck,
  Spending,
  Token,
  TokenInfo,
  TokenOwnerFilter,
  UnassignedSearch,
  UnassignedTokens,
} from '@app/tokens';

import type { UnassignedRemotes } from './assignment/find-unassigned-remote.js';
import type { DueReport } from './decide/outcome/due-reports.js';
import type { GuessDelay, Guessing } from './guessing/guess-limits.js';
import type { Challenge, Confirmation, NamedTransaction, NewChallenge } from './challenges/challenge.js';
import type { RemoteAnswer, RemoteDetail, RemoteLogin } from './elsewhere/remote-authentication.js';
import type { QuestionSaid } from './login-request.js';
import type { DevicePolicies } from './policies/device-policies.js';
import type { KeyPolicies } from './policies/key-policies.js';
import type { LoginPolicies } from './policies/login-policies.js';

export interface LoginUser {
  readonly kind: 'user';
  readonly login: string;
  readonly realm: string;
  /** Whose tokens count: the user's, or only those of owners from one resolver. */
  readonly owner: TokenOwnerFilter;
  /** Only a token of exactly this serial, if given. */
  readonly serial: string | null;
  /** The user's tokens must be exactly one (check_s by user). */
  readonly onlyToken: boolean;
}

/** Who wants in, as resolved with the configuration. */
export type LoginSubject =
  /** A token by its serial, without a user. */
  | {
      readonly kind: 'token';
      readonly serial: string;
      /** What the record says where there is none; absent: the usual. */
      readonly notFound?: string;
    }
  | LoginUser
  /** No such user: decided like any other login, so that it takes about as long. */
  | {
      readonly kind: 'nobody';
      readonly login: string;
      readonly realm: string;
      /** Nobody knows the login; else there is none, or it fits several users. */
      readonly isUnknown: boolean;
    };

/**
 * What a user's own token is asked for. `second-factor`: who is known by their password; all they send is the OTP. `login`: the
 * same, but as at any login, with PINs and what policies say of them; who has no token may be given one. Neither takes a token
 * that has nothing but a PIN. `trial`: whether it works; whatever stands before the OTP is passed over. Where it is no `login`,
 * every type that can ask by a challenge does.
 */
export type OwnTokenUse = 'second-factor' | 'login' | 'trial';

/** Whether a token's PIN is not asked for, since its user is known already. */
export function isPinImplied(own: OwnTokenUse | undefined): boolean {
  return own === 'second-factor' || own === 'trial';
}

export interface LoginAttempt {
  readonly subject: LoginSubject;
  /** `null`: none was sent, which is not the same as an empty one (spec/validate-api §2.12). */
  readonly password: string | null;
  /** It is no OTP but the signature by which a device accepts or rejects what it was asked; `null`: it is one. */
  readonly confirms: Confirmation | null;
  /** Only tokens of this type's label (case-insensitive), if given. */
  readonly typeLabel: string | null;
  /** The first segment of the request's path: some tokens are meant for some only. */
  readonly path: string;
  /** How exactly the time of a token's last use is kept, as a format of `strftime`; `null`: not at all. */
  readonly accessTimeFormat: string | null;
  readonly prependPin: boolean;
  /** Whether an acceptance sets failure counters to zero. */
  readonly resetsFailures: boolean;
  /** How long the first of two OTPs is remembered that find a token again; `null`: none is looked for. */
  readonly autoResyncSeconds: number | null;
  readonly policies: LoginPolicies;
  /** Whether policies of authorization say who may log in, and with which tokens (not at check_s). */
  readonly needsAuthorization: boolean;
  /** Settings that accept who has nothing to be checked by (spec/validate-api §2.3, rows 1 and 4c). */
  readonly acceptsUnknownUsers: boolean;
  readonly acceptsUsersWithoutToken: boolean;
  /** What the login answers, if it says so; `'unknown'`: no id looks like that, and nothing is answered. */
  readonly transaction: NamedTransaction | 'unknown' | null;
  readonly challenging: ChallengeTerms;
  readonly guessing: Guessing;
  /** Whether the user has tokens that are not among those that were read: of other realms or resolvers. */
  readonly hasOtherTokens: boolean;
  /** Where the user store says that the user can be reached; `''`: nowhere. */
  readonly recipients: Readonly<Record<SentTokenType, string>>;
  /** The token that was enrolled for this very login, by the password: it asks without being given a PIN again. `null`: none. */
  readonly enrolled: Token | null;
  /** Whether another server may decide it, where a policy says so. */
  readonly mayBeForwarded: boolean;
  /** How many servers have forwarded it before this one. */
  readonly hops: number;
  /** Absent: whoever it is has yet to be found out by it. */
  readonly own?: OwnTokenUse;
  /** Nobody is named but by the transaction: so do paired devices answer. */
  readonly isByTransaction?: true;
  /** By what paired devices are asked; absent: there is none among them. */
  readonly device?: DeviceTerms;
  /** What policies say of security keys; absent: there is none among them. */
  readonly keyPolicies?: AskedKeyPolicies;
}

export type AskedKeyPolicies = Pick<KeyPolicies, 'allows' | 'userVerification' | 'facets'>;

export interface DeviceTerms {
  readonly asked: AskedText;
  readonly policies: DevicePolicies;
  /** The server's, by the partitions of the tokens. */
  readonly keys: ReadonlyMap<number, PartitionKey>;
}

/** By what challenges are made. */
export interface ChallengeTerms {
  /** For a challenge that is made, drawn beforehand: a decision draws nothing. */
  readonly id: string;
  /** Lower case; `''`: none, or it cannot be told. */
  readonly realm: string;
  readonly settings: ChallengeSettings;
  /** Whether the client gave a text, which some types need. */
  readonly hasText: boolean;
  /** 64 random bits, for a message: drawn beforehand, too. */
  readonly drawn: bigint;
  /** The same for a question, as bytes. */
  readonly drawnForQuestion: Uint8Array;
  readonly question: QuestionSaid;
  readonly asksUnproven: boolean;
  readonly ocra: OcraSettings;
  /** How long a message may be on its way. */
  readonly deliverySeconds: number;
  /** A message may be asked for without any PIN, where a policy says so (check_s with a text). */
  readonly mayOmitPin: boolean;
  /** An SMS is what the login is for. */
  readonly wantsSms: boolean;
}

export type RejectReason =
  /** Another server refused it, or could not be asked. */
  | 'elsewhere'
  | 'no-transaction'
  | 'not-delivered'
  /** The PIN is right, but nothing can be asked. */
  | 'not-asked'
  | 'too-many-challenges'
  | 'not-authorized'
  | 'unknown-user'
  | 'no-token'
  | 'no-password'
  | 'wrong-password'
  | 'not-one-token'
  | 'wrong-pin'
  | 'wrong-otp'
  | 'several-tokens-match'
  | 'no-usable-token'
  /** Too many failures: not looked at before a while. */
  | 'blocked';

export type Verdict =
  | {
      readonly kind: 'accepted';
      readonly token: Token;
      readonly pinLength: number;
      readonly otpLength: number | null;
      /** Of the OTP that is to be sent for the next login; absent: none is. */
      readonly nextCounter?: bigint;
    }
  /** By a policy, a setting, the directory or another server: no token was used. */
  | { readonly kind: 'accepted'; readonly token: null }
  /** Nobody is let in yet: the tokens ask for their OTPs. */
  | { readonly kind: 'challenged'; readonly transaction: string; readonly challenges: readonly AskedToken[] }
  /** Nobody is let in yet: another server decides, and says this. */
  | { readonly kind: 'relayed'; readonly detail: RemoteDetail }
  /** A device rejects what it was asked: its signature is right, and nobody is let in. */
  | { readonly kind: 'declined'; readonly token: Token }
  /** Nobody asked to be let in: how challenges stand. */
  | { readonly kind: 'polled'; readonly challenges: readonly Challenge[] }
  | {
      readonly kind: 'rejected';
      readonly reason: RejectReason;
      /** What the client is told of it in any case; absent: nothing. */
      readonly error?: string;
    };

/** What a client is told of a challenge. */
export interface AskedToken {
  readonly transaction: string;
  readonly message: string;
  readonly token: Token;
  /** Of a forward token: whose OTP it takes. */
  readonly target?: Token;
  /** The question, of a type that asks one. */
  readonly question?: QuestionData;
  /** What the browser is to have a security key sign. */
  readonly signRequest?: object;
  /** It was asked before: no other message is sent for now. */
  readonly wasAsked?: true;
}

/** Relied on: the token has so many failures at most. Absent: it is below its own limit. */
interface WithFewFailures {
  readonly mostFailures?: number;
}

/** What a login changes. Facts about single tokens; the commit guards what each relied on. */
export type LoginEffect =
  /**
   * The token accepted. Relied on: it is active, at the same revision, has few failures and, when `once`, its counter is
   * still below `nextCounter`.
   */
  | ({
      readonly kind: 'accept';
      readonly token: Token;
      readonly spends: Spending;
      /** Its failures stay counted. */
      readonly keepsFailures?: true;
    } & WithFewFailures)
  /** Spent without being accepted (several tokens matched, or policies refused it); guarded like an acceptance. */
  | ({ readonly kind: 'spend'; readonly token: Token; readonly spends: Spending } & WithFewFailures)
  /** Relied on: it had so many failures at most; absent: nothing. Logins from where it came may have to wait now. */
  | {
      readonly kind: 'count-failure';
      readonly token: Token;
      readonly mostFailures?: number;
      readonly delay?: GuessDelay;
    }
  | { readonly kind: 'reset-failures'; readonly token: Token }
  /** Of an acceptance that it comes with: relied on, too, is that the limits leave room for it. */
  | { readonly kind: 'count-use'; readonly token: Token; readonly attempts: 0 | 1; readonly successes: 0 | 1 }
  | { readonly kind: 'keep-time'; readonly token: Token; readonly at: Date; readonly isSuccess: boolean }
  /**
   * Entries of the token's info are set or removed, the last word on each counts. Relied on: what was `recalled` still stands
   * there; absent: nothing.
   */
  | {
      readonly kind: 'remember';
      readonly token: Token;
      readonly info: InfoChanges;
      readonly recalled?: TokenInfo;
    }
  /** A challenge is made for it. Relied on: it is active, at the same revision, and below its limits. */
  | ({
      readonly kind: 'challenge';
      readonly token: Token;
      readonly challenge: NewChallenge;
      /** Of a forward token: whose OTP is sent. Absent: its own. */
      readonly target?: Token;
    } & WithFewFailures)
  /**
   * The message of a challenge was sent, or not: then it can be answered, or is gone, and where `givesBack` does not count
   * among those that were made for the token, which must be there.
   */
  | {
      readonly kind: 'deliver';
      readonly token: Token;
      readonly challenge: Pick<NewChallenge, 'root' | 'place'>;
      readonly isSent: boolean;
      readonly givesBack: boolean;
    }
  /** A right answer. Relied on: the challenge is open. It is closed, with all of its transaction and the token's older ones. */
  | {
      readonly kind: 'answer';
      readonly token: Token;
      readonly challenge: Challenge;
      readonly isAccepted: boolean;
      /** What a device says by it; absent: it is an OTP. */
      readonly confirms?: Confirmation;
      /** The token's older ones stay open. */
      readonly keepsOlder?: true;
    }
  /** A wrong answer, to these open challenges or to all open ones of the token. */
  | {
      readonly kind: 'miss';
      readonly token: Token;
      readonly challenges: readonly number[] | 'open';
      /** What a device was to say by it; absent: it was to be an OTP. */
      readonly confirms?: Confirmation;
    }
  /** Nothing changes. Relied on: it is active, at the same revision, and has few failures. */
  | ({ readonly kind: 'rely'; readonly token: Token } & WithFewFailures)
  /** It can be used from now on. Relied on: what comes with it. */
  | { readonly kind: 'enable'; readonly token: Token }
  /** No login is left to it, or none is wanted any more. Relied on: it is as active as it was, at the same revision. */
  | {
      readonly kind: 'disable';
      readonly token: Token;
      /** It is that, because its key has a copy. */
      readonly isCloned?: true;
    }
  | {
      readonly kind: 'remove';
      readonly token: Token;
      /** Relied on: so is its counter. Absent: whatever that is. */
      readonly counterBelow?: number;
    };

export interface LoginDecision {
  readonly verdict: Verdict;
  readonly effects: readonly LoginEffect[];
  readonly facts: AuditFacts;
  /** Numbers of tokens that are written down in the same commit; absent: none. */
  readonly reports?: readonly DueReport[];
  /** An unassigned token that becomes the user's, in place of effects. */
  readonly assigns?: Assignment;
  /** A token that is enrolled for the user, in place of effects: then the login starts over. */
  readonly enrols?: LoginEnrolment;
}

/** What only the outside can tell; ask, then decide again with the answer. */
export type LoginQuestion =
  | { readonly kind: 'password-hash'; readonly hash: string; readonly candidate: string }
  /** Whether the user, for whom no token counts failures, may try one more password now. Asking counts. */
  | {
      readonly kind: 'password-attempt';
      /** What is tried would be right for any user. */
      readonly ofAnybody?: boolean;
    }
  /** Whether the directory knows it as the password of the user, or of the token's owner. */
  | { readonly kind: 'user-password'; readonly candidate: string }
  /** What another server says to the login, and to whatever else the client told. */
  | ({ readonly kind: 'remote-login' } & Omit<RemoteLogin, 'options'>)
  /** What the server that knows a token's OTPs says. @param about one text for each question: an answer serves whoever asks the same */
  | { readonly kind: 'server-check'; readonly about: string; readonly check: ServerCheck }
  /** Whether a security key made the signature. @param about one text for each question, as above */
  | { readonly kind: 'key-assertion'; readonly about: string; readonly check: AssertionCheck }
  /** Which unassigned token showed the OTP: all of the password, or what each token's own length leaves beside a PIN. */
  | ({
      readonly kind: 'unassigned-token';
      readonly password: string;
    } & UnassignedTokens)
  /** Which unassigned token's server lets the user in, with all of the password. */
  | ({ readonly kind: 'unassigned-remote' } & UnassignedRemotes);

interface AnswersByKind {
  readonly 'password-hash': boolean;
  readonly 'password-attempt': boolean;
  readonly 'user-password': boolean;
  readonly 'remote-login': RemoteAnswer;
  readonly 'server-check': ServerAnswer;
  readonly 'key-assertion': AssertionFinding;
  readonly 'unassigned-token': UnassignedSearch;
  readonly 'unassigned-remote': UnassignedSearch;
}

export type AnswerTo<Q extends LoginQuestion> = AnswersByKind[Q['kind']];

/** Answers so far; `undefined` for what was not asked yet. */
export type LoginAnswers = <Q extends LoginQuestion>(question: Q) => AnswerTo<Q> | undefined;
