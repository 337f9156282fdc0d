import {
  type Match,
  type Model,
  type WalkChallenge,
  type WalkToken,
  canBeAsked,
  followed,
  hasOtp,
  matchOf,
  spend,
} from './model.js';

/**
 * What a login must be answered, and what it leaves behind (spec/validate-api §2 and §3, with what docs/compatibility.md
 * says differs). The factors that the state asks for are all here: whoever is accepted without them, was let in wrongly.
 */

export interface WalkLogin {
  readonly endpoint: 'check' | 'check_s' | 'check_t' | 'simplecheck';
  /** `null`: nobody is named. */
  readonly login: string | null;
  readonly realm: string;
  readonly serial: string | null;
  readonly typeLabel: string | null;
  readonly pass: string | null;
  /** As it is sent. */
  readonly transaction: string | null;
  readonly text: 'data' | 'challenge' | null;
}

export type Expected =
  | { readonly kind: 'accepted' | 'refused' }
  /** Either would be right. */
  | { readonly kind: 'unsure' }
  | { readonly kind: 'challenged'; readonly tokens: readonly WalkToken[]; readonly realm: string };

/** Whom policies are asked about. */
interface Scene {
  readonly login: string | null;
  readonly realm: string;
}

/** A login as its tokens see it. */
interface Asking extends WalkLogin, Scene {
  /** Whether somebody logs in, or a token. */
  readonly isUser: boolean;
}

const REFUSED = { kind: 'refused' } as const;
const ACCEPTED = { kind: 'accepted' } as const;
const MOST_CHALLENGES = 5;
// Of one user from one network (docs/operations.md, "Wrong passwords").
const FREE_PASSWORDS = 5;

/** @returns what must be answered; the model is changed as the login changes the server */
export function judge(model: Model, said: WalkLogin): Expected {
  // A text as `challenge` drops whatever narrows or answers (§1.3).
  const isBare = said.text === 'challenge' && said.endpoint !== 'check_s' && said.endpoint !== 'check_t';
  const login = isBare ? { ...said, serial: null, typeLabel: null, transaction: null } : said;
  if (login.endpoint === 'check_t') return judgeAnswer(model, login);
  const isByToken = login.login === null || (login.endpoint === 'check_s' && login.serial !== null);
  if (isByToken) return judgeToken(model, login);
  const realm = policyOf(model, 'setrealm', login) ?? login.realm;
  const asking = { ...login, realm, isUser: true };
  if (login.endpoint !== 'check_s' && !isAuthorized(model, asking)) return REFUSED;
  if (!model.users.has(login.login) || ![model.realm, model.otherRealm].includes(realm)) {
    const isHere = [model.realm, model.otherRealm].includes(login.realm) && realm === login.realm;
    const isLetIn = isHere && login.endpoint !== 'check_s' && isOn(model, 'PassOnUserNotFound');
    return isLetIn ? authorizedWithoutToken(model, asking) : REFUSED;
  }
  const own = model.tokens.filter(({ owner }) => owner === login.login);
  // §1.4: the user's only token there.
  const there = own.filter(({ realms }) => realms.length === 0 || realms.includes(realm));
  if (login.endpoint === 'check_s' && there.length !== 1) return REFUSED;
  if (own.length === 0) return judgeWithoutToken(model, asking);
  return askAll(model, own, asking);
}

/** A token by its serial: policies are those of its owner. */
function judgeToken(model: Model, login: WalkLogin): Expected {
  const token = model.tokens.find(({ serial }) => serial === login.serial);
  const scene = { login: token?.owner ?? null, realm: token?.realms[0] ?? model.defaultRealm };
  const asking = { ...login, ...scene, isUser: false };
  if (login.endpoint !== 'check_s' && !isAuthorized(model, asking)) return REFUSED;
  return token ? askAll(model, [token], asking) : REFUSED;
}

/** Whoever is asked by the transaction, in the realm in which they were (§1.5). */
function judgeAnswer(model: Model, login: WalkLogin): Expected {
  const named = challengesOf(model, login.transaction).toReversed();
  const [newest] = named;
  if (!newest || login.pass === null) return REFUSED;
  const { owner } = newest.token;
  const asking = { ...login, serial: null, login: owner, realm: newest.realm, isUser: owner !== null };
  if (owner !== null && !isAuthorized(model, asking)) return REFUSED;
  const tokens = [...new Set(named.map(({ token }) => token))].filter(
    (token) => owner === null || token.owner === owner,
  );
  return askAll(model, tokens, asking);
}

function judgeWithoutToken(model: Model, asking: Asking): Expected {
  if (isOn(model, 'PassOnUserNoToken')) return authorizedWithoutToken(model, asking);
  const login = asking.login ?? '';
  if (policyOf(model, 'passthru', asking) !== null) {
    if (!asking.pass) return REFUSED;
    const wrong = model.wrongPasswords.get(login) ?? 0;
    if (asking.pass !== model.users.get(login)) {
      model.wrongPasswords.set(login, wrong + 1);
      return REFUSED;
    }
    if (wrong >= FREE_PASSWORDS) return { kind: 'unsure' };
    model.wrongPasswords.delete(login);
    return authorizedWithoutToken(model, asking);
  }
  return policyOf(model, 'passOnNoToken', asking) === null ? REFUSED : authorizedWithoutToken(model, asking);
}

/** §1.3, step 3: no type is one of any list; no serial matches only what matches nothing. */
function authorizedWithoutToken(model: Model, asking: Asking): Expected {
  const serials = policyOf(model, 'serial', asking);
  return serials === null || new RegExp(serials).test('') ? ACCEPTED : REFUSED;
}

interface Classified {
  readonly token: WalkToken;
  readonly kind: 'valid' | 'trigger' | 'asked too often' | 'pin-matching' | 'invalid';
  readonly match: Match | null;
  readonly challenge: WalkChallenge | null;
  /** It was asked, and the OTP is wrong. */
  readonly isGuess?: boolean;
  /** An OTP that is in no window, behind a PIN that is right, or of which the directory is yet to say. */
  readonly stray?: { readonly otp: string; readonly password: string | null };
}

function askAll(model: Model, own: readonly WalkToken[], asking: Asking): Expected {
  const meant = own.filter(
    ({ serial, type }) =>
      (asking.typeLabel === null || asking.typeLabel.toLowerCase() === type) &&
      (asking.serial === null || !asking.isUser || asking.serial === serial),
  );
  if (meant.length === 0 || asking.pass === null) return REFUSED;
  const { pass } = asking;
  const classified = meant
    .filter((token) => takesPart(model, token, asking))
    .map((token) => classify(model, token, pass, asking));
  return combine(model, resynchronised(model, classified, asking), asking);
}

/** Pre-checks (§2.5). A token that takes no part may count the attempt all the same. */
function takesPart(model: Model, token: WalkToken, { isUser, ...scene }: Asking): boolean {
  if (isUser && token.realms.length > 0 && !token.realms.includes(scene.realm)) return false;
  if (!token.isEnabled) return false;
  const isExhausted =
    (token.maxAttempts > 0 && token.attempts >= token.maxAttempts) ||
    (token.maxSuccesses > 0 && token.successes >= token.maxSuccesses) ||
    token.validity === 'over';
  if (token.failures < token.maxFailures && token.validity !== 'to come' && !isExhausted) return true;
  token.failures++;
  const isLocked = token.failures - 1 >= token.maxFailures;
  if (isExhausted && !isLocked && token.validity !== 'to come') {
    if (policyOf(model, 'delete_on_authentication_exceed', scene) !== null) forget(model, token);
    else if (policyOf(model, 'disable_on_authentication_exceed', scene) !== null) token.isEnabled = false;
  }
  return false;
}

/** §2.6 */
function classify(model: Model, token: WalkToken, pass: string, asking: Asking): Classified {
  const none = { token, match: null, challenge: null };
  const types = policyOf(model, 'challenge_response', asking)?.split(' ') ?? [];
  const isAsked = canBeAsked(token) && (types.includes('*') || types.includes(token.type));
  if (isAsked && asking.transaction !== null) {
    const challenge = challengesOf(model, asking.transaction, 'whole').find((one) =>
      answers(token, one, asking),
    );
    const match = challenge ? matchOf(token, pass) : null;
    const isGuess = challenge !== undefined && !match;
    const stray = isGuess ? { stray: { otp: pass, password: null } } : {};
    return {
      token,
      kind: match ? 'valid' : 'invalid',
      match,
      challenge: challenge ?? null,
      isGuess,
      ...stray,
    };
  }
  const mode = pinMode(model, asking);
  const { pin, otp } = split(model, token, pass, mode);
  const match = matchOf(token, otp);
  const isPin = isRightPin(model, token, pin, mode, asking);
  if (isPin && match) return { ...none, kind: 'valid', match };
  if (isAsked && isTrigger(model, token, pass, mode, asking)) {
    return { ...none, kind: token.asked < MOST_CHALLENGES ? 'trigger' : 'asked too often' };
  }
  // The directory is not asked about a wrong OTP's password.
  if (mode === 'password')
    return { ...none, kind: 'invalid', ...(!match && { stray: { otp, password: pin } }) };
  return isPin
    ? { ...none, kind: 'pin-matching', stray: { otp, password: null } }
    : { ...none, kind: 'invalid' };
}

/** Where no OTP is right, one that is in no window may be the second of two (§2.8). */
function resynchronised(
  model: Model,
  classified: readonly Classified[],
  { login }: Scene,
): readonly Classified[] {
  if (!isOn(model, 'AutoResync') || classified.some(({ kind }) => kind === 'valid')) return classified;
  return classified.map((one) => {
    const { token, stray, kind } = one;
    if (!stray || kind === 'trigger' || kind === 'asked too often') return one;
    const { isFound, match, first } = followed(token, stray.otp);
    const password = model.users.get(login ?? '');
    const isTheirs =
      stray.password === null || (isFound && stray.password !== '' && stray.password === password);
    if (!isTheirs) return one;
    token.first = first;
    return match ? { ...one, kind: 'valid', match } : one;
  });
}

function answers(token: WalkToken, challenge: WalkChallenge, { realm }: Scene): boolean {
  return (
    challenge.isOpen &&
    challenge.token === token &&
    challenge.owner === token.owner &&
    challenge.realm === realm &&
    (token.realms.length === 0 || token.realms.includes(realm))
  );
}

type Mode = 'token_pin' | 'password' | 'only_otp' | 'ignore_pin';
const MODES: readonly Mode[] = ['token_pin', 'password', 'only_otp', 'ignore_pin'];

/** §2.4. A token of nobody may not be let in by its own PIN where anybody's password is asked for. */
export function pinMode(model: Model, scene: Scene): Mode {
  const policy = model.policies.get('otppin');
  if (scene.login === null && policy?.value === '1' && scene.realm === model.realm) return 'password';
  return MODES[Number(policyOf(model, 'otppin', scene) ?? 0)] ?? 'token_pin';
}

function split(model: Model, token: WalkToken, pass: string, mode: Mode): { pin: string; otp: string } {
  if (!hasOtp(token)) return { pin: pass, otp: '' };
  if (mode === 'only_otp' || pass.length <= token.digits) return { pin: '', otp: pass };
  if (model.settings.get('PrependPin') === 'False') {
    return { pin: pass.slice(token.digits), otp: pass.slice(0, token.digits) };
  }
  return { pin: pass.slice(0, -token.digits), otp: pass.slice(-token.digits) };
}

function isRightPin(model: Model, token: WalkToken, pin: string, mode: Mode, { login }: Scene): boolean {
  if (mode === 'password') return pin !== '' && login !== null && pin === model.users.get(login);
  if (mode === 'token_pin' || !hasOtp(token)) return pin === token.pin;
  return mode === 'ignore_pin' || pin === '';
}

function isTrigger(model: Model, token: WalkToken, pass: string, mode: Mode, asking: Asking): boolean {
  if (token.type === 'dpw' && asking.text === null) return false;
  if (mode === 'only_otp' || mode === 'ignore_pin') return pass === '';
  return isRightPin(model, token, pass, mode, asking);
}

/** §2.7 */
function combine(model: Model, classified: readonly Classified[], asking: Asking): Expected {
  const of = (kind: Classified['kind']) => classified.filter((one) => one.kind === kind);
  const valid = of('valid');
  for (const { token, match, challenge } of valid) {
    if (match) spend(token, match);
    if (token.maxAttempts > 0) token.attempts++;
    if (challenge) close(model, challenge);
  }
  const [winner] = valid;
  if (winner) {
    if (valid.length === 1) winner.token.first = null;
    if (valid.length > 1 || !mayBeUsed(model, winner.token, asking)) return REFUSED;
    if (winner.token.maxSuccesses > 0) winner.token.successes++;
    if (model.settings.get('DefaultResetFailCount') !== 'False') {
      for (const { token } of classified) token.failures = 0;
    }
    return ACCEPTED;
  }
  const triggering = of('trigger').map(({ token }) => token);
  if (triggering.length > 0) {
    for (const token of triggering) token.asked++;
    return { kind: 'challenged', tokens: triggering, realm: asking.realm };
  }
  if (of('asked too often').length > 0) return REFUSED;
  const isMatching = of('pin-matching').length > 0;
  for (const { token, kind, isGuess } of classified) {
    if (isMatching && kind !== 'pin-matching' && !isGuess) continue;
    token.failures++;
    if (isMatching || token.maxAttempts > 0) token.attempts++;
  }
  return REFUSED;
}

/** §3.5: with the whole transaction, and the older ones of the token. */
function close(model: Model, answered: WalkChallenge): void {
  const { root, token, moment } = answered;
  const place = model.challenges.indexOf(answered);
  for (const [index, challenge] of model.challenges.entries()) {
    const isOlder = challenge.token === token && index <= place;
    if (challenge.root === root || isOlder) challenge.isOpen = false;
  }
  // Whether others that were made at the same time are older, nobody can tell: nobody asks about them again.
  remove(model.challenges, (challenge) => challenge.moment === moment && challenge.root !== root);
}

/** §1.3, step 1. One such policy anywhere, and everybody needs one. */
function isAuthorized(model: Model, scene: Scene): boolean {
  return !model.policies.has('authorize') || policyOf(model, 'authorize', scene) !== null;
}

/** §1.3, step 3 */
function mayBeUsed(model: Model, { serial, type }: WalkToken, asking: Asking): boolean {
  if (asking.endpoint === 'check_s' || (asking.endpoint === 'check_t' && !asking.isUser)) return true;
  const types = policyOf(model, 'tokentype', asking)?.split(' ') ?? ['*'];
  const serials = policyOf(model, 'serial', asking);
  return (
    (types.includes('*') || types.includes(type)) && (serials === null || new RegExp(serials).test(serial))
  );
}

/** @returns the value of a policy of the walk that holds here */
function policyOf(model: Model, action: string, { login, realm }: Scene): string | null {
  const policy = model.policies.get(action);
  if (!policy || realm !== model.realm) return null;
  return policy.user === null || policy.user === login ? policy.value : null;
}

function isOn(model: Model, setting: string): boolean {
  return model.settings.get(setting) === 'True';
}

/** Those that an id names, in the order in which they were made; `'whole'`: whatever its place, as `check` reads it. */
export function challengesOf(model: Model, id: string | null, reads?: 'whole'): readonly WalkChallenge[] {
  const [, root, place] = /^(\d{9,17})(?:\.(\d\d))?$/.exec(id ?? '') ?? [];
  return model.challenges.filter(
    (challenge) =>
      challenge.root === root &&
      (reads === 'whole' || place === undefined || challenge.place === Number(place)),
  );
}

export function forget(model: Model, token: WalkToken): void {
  remove(model.tokens, (one) => one === token);
  remove(model.challenges, (challenge) => challenge.token === token);
}

function remove<T>(list: T[], isGone: (one: T) => boolean): void {
  list.splice(0, list.length, ...list.filter((one) => !isGone(one)));
}
