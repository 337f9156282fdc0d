import {
  type ActionValue,
  type Expression,
  type PolicyQuery,
  type PolicySet,
  type PolicySubject,
  asAsked,
  loginOnly,
  readBoolean,
  searchExpression,
} from '@app/policies';
import type { SentTokenType } from '@app/tokens';

import type { Forwarding } from '../elsewhere/forwarding.js';

/** Whom, where and when a login's policies are asked about. */
export interface LoginScene {
  /** `null`: a token without a user that is known. */
  readonly subject: PolicySubject | null;
  readonly realm: string;
  /** A token in several realms and no user: which policies apply cannot be told. */
  readonly isRealmUnclear: boolean;
  /** The client's address. */
  readonly client: string;
  readonly time: Date;
  /** Names of policies that have already taken part. */
  readonly ledBy: readonly string[];
}

/** What a policy says, and the names of the policies that say it; none: nothing was said, `value` is the default. */
export interface Ruling<T> {
  readonly value: T;
  readonly by: readonly string[];
}

/** How the PIN part of a password is checked (spec/validate-api §2.4). */
export type PinMode = 'token-pin' | 'user-password' | 'only-otp' | 'ignore-pin';

const PIN_MODES: ReadonlyMap<string, PinMode> = new Map([
  ['0', 'token-pin'],
  ['token_pin', 'token-pin'],
  ['1', 'user-password'],
  ['password', 'user-password'],
  ['2', 'only-otp'],
  ['only_otp', 'only-otp'],
  ['3', 'ignore-pin'],
  ['ignore_pin', 'ignore-pin'],
]);

const ENROLLMENT = 'enrollment';
const ENROLLED_TYPES: ReadonlyMap<string, readonly SentTokenType[]> = new Map([
  ['sms', ['sms']],
  ['email', ['email']],
  ['*', ['sms', 'email']],
]);
const LEAVES_FAILURES = 'forwardtoken:no_failcounter_forwarding';
const AUTHENTICATION = [
  LEAVES_FAILURES,
  'otppin',
  'challenge_response',
  'passthru',
  'passOnNoToken',
  'disable_on_authentication_exceed',
  'delete_on_authentication_exceed',
];
const AUTHORIZATION = ['authorize', 'tokentype', 'serial', 'detail_on_success', 'detail_on_fail'];

/**
 * What the policies say about one login (spec/policies §8.6, §8.7): pure, asked as far as the decision goes. A scope
 * that is not in use costs nothing.
 */
export class LoginPolicies {
  constructor(
    private readonly policies: PolicySet,
    private readonly scene: LoginScene,
  ) {}

  /** Whether a login may be asked about at all that names a token and no user: then its owner is to be found. */
  static concern(policies: PolicySet): boolean {
    const isThere = (scope: string) => (action: string) => policies.hasActiveWith(scope, action);
    return (
      (policies.hasActive('authentication') && AUTHENTICATION.some(isThere('authentication'))) ||
      (policies.hasActive('authorization') && AUTHORIZATION.some(isThere('authorization'))) ||
      (policies.hasActive('enrollment') && policies.hasActiveWith('enrollment', 'purge_rollout_token'))
    );
  }

  get client(): string {
    return this.scene.client;
  }

  get ledBy(): readonly string[] {
    return this.scene.ledBy;
  }

  /** Only the users of some policy, once one active policy grants anybody. */
  mayAuthenticate(): Ruling<boolean> {
    const { policies } = this;
    const scope = 'authorization';
    if (!policies.hasActive(scope) || !policies.hasActiveWith(scope, 'authorize'))
      return { value: true, by: [] };
    if (this.scene.isRealmUnclear) return { value: false, by: [] };
    const granted = policies.granting(this.#query(scope, 'authorize'));
    return { value: granted.length > 0, by: namesOf(granted) };
  }

  /** `null`: it cannot be told, and no token must be used; by the policies that cannot be read, or by none of them. */
  pinMode(): Ruling<PinMode | null> {
    const { policies, scene } = this;
    const scope = 'authentication';
    const action = 'otppin';
    const standard = { value: 'token-pin', by: [] } as const;
    if (!policies.hasActive(scope)) return standard;
    if (scene.isRealmUnclear && policies.hasActiveWith(scope, action)) return { value: null, by: [] };
    // It may be the one that asks for more than the token's own PIN.
    const unreadable = policies.unreadable({ scope, action, realm: scene.realm });
    if (unreadable.length > 0) return { value: null, by: unreadable };
    if (!scene.subject) {
      // LinOTP asks without a user: whatever any user's policy says holds for a token of nobody (recording 238). Here
      // that may only refuse.
      const { subject: _, ...anybody } = this.#query(scope, action);
      const strict = this.#pinModeBy(anybody);
      if (strict.value === 'user-password') return strict;
    }
    return this.#pinModeBy(this.#query(scope, action));
  }

  /** Whether a user without a token logs in with the password of the directory. */
  checksDirectory(): Ruling<boolean> {
    return this.#granted('authentication', 'passthru');
  }

  /** Whether a user without a token is accepted as they are. Its hours count, unlike LinOTP's: it lets people in. */
  passesWithoutToken(): Ruling<boolean> {
    const query = this.#query('authentication', 'passOnNoToken');
    if (!this.policies.hasActive(query.scope)) return { value: false, by: [] };
    const said = this.policies.valueWithPolicy(query);
    return { value: said !== undefined && readBoolean(said.value), by: said ? [said.policy.name] : [] };
  }

  /**
   * Whether another server decides, and which; `null`: it is decided here. `'unclear'`: a policy that cannot be read may say
   * so, and nobody is to be let in by what is known here.
   */
  forwarding(): Ruling<Forwarding | null | 'unclear'> {
    const { policies, scene } = this;
    const scope = 'authentication';
    const action = 'forward_server';
    if (!policies.hasActive(scope) || !policies.hasActiveWith(scope, action)) return { value: null, by: [] };
    const unreadable = policies.unreadable({ scope, action, realm: scene.realm });
    if (unreadable.length > 0) return { value: 'unclear', by: unreadable };
    const said = policies.valueWithPolicy(this.#query(scope, action));
    if (!said || typeof said.value !== 'string') return { value: null, by: [] };
    const rest = this.#granted(scope, 'forward_on_no_token');
    const value = { servers: said.value, onlyWithoutToken: rest.value };
    return { value, by: [said.policy.name, ...rest.by] };
  }

  /** Whether a user without a token gets the unassigned one whose OTP they show, and nothing else. */
  assignsByOtp(): Ruling<boolean> {
    return this.#granted(ENROLLMENT, 'autoassignment_without_password');
  }

  /** The same with the password of the directory before the OTP. */
  assignsByPassword(): Ruling<boolean> {
    return this.#granted(ENROLLMENT, 'autoassignment');
  }

  /** Whose unassigned tokens an OTP alone may be of; `''`: those of the user's own realm; `null`: it cannot be read. */
  realmOfUnassigned(): Ruling<string | null> {
    const { realm: own } = this.scene;
    const action = 'autoassignment_from_realm';
    const unreadable = this.policies.unreadable({ scope: ENROLLMENT, action, realm: own });
    if (unreadable.length > 0) return { value: null, by: unreadable };
    const said = this.policies.valueWithPolicy(this.#query(ENROLLMENT, action));
    const realm = typeof said?.value === 'string' ? said.value.trim().toLowerCase() : '';
    return { value: realm, by: said ? [said.policy.name] : [] };
  }

  /** Whether a token that is assigned with a password keeps its own PIN. */
  keepsPinOfAssigned(): Ruling<boolean> {
    return this.#granted(ENROLLMENT, 'ignore_autoassignment_pin');
  }

  /** Of which types a user without a token gets one at a login, the best first; none: they get none. */
  enrolsAtLogin(): Ruling<readonly SentTokenType[]> {
    if (!this.policies.hasActive(ENROLLMENT)) return { value: [], by: [] };
    const said = this.policies.valueWithPolicy(this.#query(ENROLLMENT, 'autoenrollment'));
    return { value: enrolledTypes(said?.value), by: said ? [said.policy.name] : [] };
  }

  /** Whether anybody may be asked by challenges at all. */
  static mayChallenge(policies: PolicySet): boolean {
    const scope = 'authentication';
    return policies.hasActive(scope) && policies.hasActiveWith(scope, 'challenge_response');
  }

  /** Whether tokens of the type ask their user for the OTP. Where that is unclear they do not: they want PIN and OTP. */
  isChallenged(label: string): Ruling<boolean> {
    const { policies, scene } = this;
    if (!LoginPolicies.mayChallenge(policies) || scene.isRealmUnclear) return { value: false, by: [] };
    const said = policies.valueWithPolicy(this.#query('authentication', 'challenge_response'));
    if (!said || typeof said.value !== 'string') return { value: false, by: [] };
    const types = said.value.toLowerCase().split(/\s+/);
    return { value: types.includes('*') || types.includes(label.toLowerCase()), by: [said.policy.name] };
  }

  /** Whether an SMS can be asked for without a PIN. */
  sendsSmsWithoutPin(): Ruling<boolean> {
    return this.#granted('authentication', 'trigger_sms');
  }

  /** Whether a login by SMS has the next one sent at once. */
  sendsNextSms(): Ruling<boolean> {
    return this.#granted('authentication', 'autosms');
  }

  /** Whether a forward token neither counts nor forgets failures of its target. */
  leavesFailuresOfTarget(): Ruling<boolean> {
    return this.#granted('authentication', LEAVES_FAILURES);
  }

  /** Whether unassigned remote tokens are found by asking their servers. */
  assignsByServer(): Ruling<boolean> {
    return this.#granted(ENROLLMENT, 'autoassignment_forward');
  }

  /** Where an app is to answer the question of a challenge; `''`: nowhere. @param id of one of several such places; `''`: the usual */
  callback(id: string): Ruling<string> {
    const { policies, scene } = this;
    if (!policies.hasActive('authentication') || scene.isRealmUnclear) return { value: '', by: [] };
    const action = id === '' ? 'qrtanurl' : `qrtanurl.${id}`;
    const said = policies.valueWithPolicy(this.#query('authentication', action));
    const value = typeof said?.value === 'string' ? said.value.trim() : '';
    return { value, by: said ? [said.policy.name] : [] };
  }

  /** What becomes of a token that has no login left; `null`: nothing. Who asks for both wants it gone. */
  endOfExhausted(): Ruling<'disable' | 'remove' | null> {
    const removed = this.#granted('authentication', 'delete_on_authentication_exceed');
    if (removed.value) return { value: 'remove', by: removed.by };
    const disabled = this.#granted('authentication', 'disable_on_authentication_exceed');
    return { value: disabled.value ? 'disable' : null, by: disabled.by };
  }

  /** Whether rollout tokens go once another token was used. */
  purgesRollouts(): boolean {
    const { policies } = this;
    if (!policies.hasActive(ENROLLMENT) || this.scene.isRealmUnclear) return false;
    return policies.grants(this.#query(ENROLLMENT, 'purge_rollout_token'));
  }

  /** @param label of the type; `null`: no token was used */
  allowsType(label: string | null): Ruling<boolean> {
    return this.#restricted('tokentype', (value) => {
      const types = value.toLowerCase().split(/\s+/).filter(Boolean);
      return (
        label === null || types.length === 0 || types.includes('*') || types.includes(label.toLowerCase())
      );
    });
  }

  /** @param serial `''`: no token was used */
  allowsSerial(serial: string): Ruling<boolean> {
    return this.#restricted('serial', (value) => finds(value, serial));
  }

  /** Whether the answer tells more. */
  tellsDetail(succeeded: boolean): boolean {
    if (!this.policies.hasActive('authorization')) return false;
    return this.policies.grants(
      this.#query('authorization', succeeded ? 'detail_on_success' : 'detail_on_fail'),
    );
  }

  #pinModeBy(query: PolicyQuery & { readonly action: string }): Ruling<PinMode> {
    const said = this.policies.valueWithPolicy(query);
    if (!said) return { value: 'token-pin', by: [] };
    const mode = typeof said.value === 'string' ? PIN_MODES.get(said.value.trim()) : undefined;
    // What means nothing leaves the token's own PIN.
    return { value: mode ?? 'token-pin', by: [said.policy.name] };
  }

  #granted(scope: string, action: string): Ruling<boolean> {
    if (!this.policies.hasActive(scope)) return { value: false, by: [] };
    const granting = this.policies.granting(this.#query(scope, action));
    return { value: granting.length > 0, by: namesOf(granting) };
  }

  /** A restriction of tokens: no policy, no restriction; one whose value says nothing lets nothing through. */
  #restricted(action: string, allows: (value: string) => boolean): Ruling<boolean> {
    if (!this.policies.hasActive('authorization')) return { value: true, by: [] };
    const query = this.#query('authorization', action);
    // Which realm's restriction it is cannot be told.
    const isUnclear = this.scene.isRealmUnclear && this.policies.hasActiveWith(query.scope, action);
    if (isUnclear) return { value: false, by: [] };
    // Whom a restriction means that cannot be read, nobody knows: it holds for all.
    const unreadable = this.policies.unreadable(query);
    if (unreadable.length > 0) return { value: false, by: unreadable };
    const said = this.policies.valueWithPolicy(query);
    if (!said) return { value: true, by: [] };
    const { value, policy } = said;
    return { value: typeof value === 'string' && allows(value), by: [policy.name] };
  }

  #query(scope: string, action: string) {
    const { subject, realm, client, time } = this.scene;
    return asAsked({ scope, action, realm, subject: subject ?? loginOnly(''), client, time });
  }
}

/**
 * The realm that a policy puts a login into, whatever its own (spec/policies §8.7, `setrealm`).
 * @returns `null` where no policy does
 */
export function realmSetFor(
  policies: PolicySet,
  { login, realm }: { readonly login: string; readonly realm: string },
  client: string,
  time: Date,
): Ruling<string> | null {
  const scope = 'authorization';
  if (login === '' || !policies.hasActive(scope)) return null;
  const query = asAsked({ scope, action: 'setrealm', realm, subject: loginOnly(login), client, time });
  const said = policies.valueWithPolicy(query);
  if (!said || said.value === '') return null;
  // A value that is no name of a realm leads to a realm that nobody is in.
  return { value: String(said.value), by: [said.policy.name] };
}

/** Any other word disables it (spec/policies §8.5). */
function enrolledTypes(value: ActionValue | undefined): readonly SentTokenType[] {
  if (typeof value !== 'string') return [];
  const words = value.toLowerCase().split(/\s+/).filter(Boolean);
  const types = words.flatMap((word) => ENROLLED_TYPES.get(word) ?? []);
  return words.every((word) => ENROLLED_TYPES.has(word)) ? [...new Set(types)] : [];
}

/** Compiled expressions, by their texts; a configuration has few. */
const EXPRESSIONS = new Map<string, Expression | null>();
const MOST_EXPRESSIONS = 200;

/** Searched, not anchored; an expression that cannot be read finds nothing. */
function finds(text: string, serial: string): boolean {
  let expression = EXPRESSIONS.get(text);
  if (expression === undefined) {
    expression = readable(text);
    if (EXPRESSIONS.size >= MOST_EXPRESSIONS) EXPRESSIONS.clear();
    EXPRESSIONS.set(text, expression);
  }
  return expression?.test(serial) ?? false;
}

function readable(text: string): Expression | null {
  try {
    return searchExpression(text);
  } catch {
    return null;
  }
}

function namesOf(policies: readonly { readonly name: string }[]): string[] {
  return policies.map(({ name }) => name);
}
