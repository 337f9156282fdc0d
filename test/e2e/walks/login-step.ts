import fc from 'fast-check';

import { type Expected, type WalkLogin, challengesOf, judge, pinMode } from './judge.js';
import {
  type Model,
  TYPES,
  type WalkToken,
  hasOtp,
  matchOf,
  otpOf,
  slotNow,
  stepOf,
  windowOf,
} from './model.js';
import type { Step } from './step.js';
import type { Town, TownAnswer } from './town.js';

/** What a login is made of: a token is chosen, and how much of what is needed for it is right. */
interface LoginPlan {
  readonly which: number;
  readonly endpoint: WalkLogin['endpoint'];
  readonly who: 'its owner' | 'another user' | 'nobody' | 'a stranger' | 'a pattern';
  readonly realm: 'home' | 'other' | 'none' | 'unknown';
  readonly written: 'in two parts' | 'with @' | 'with a backslash';
  readonly serial: 'none' | 'its own' | "another's" | 'a pattern';
  readonly type: 'none' | 'its own' | "another's";
  readonly pin: 'right' | 'of the token' | 'of the directory' | 'none' | 'wrong';
  readonly otp: 'next' | 'ahead' | 'spent' | 'beyond' | 'wrong' | 'none' | "another's" | 'absent';
  readonly transaction: 'none' | 'its own' | 'any' | 'a part' | 'made up';
  readonly text: 'none' | 'data' | 'challenge';
  /** How many send it at once. */
  readonly times: number;
}

const STRAIGHT: LoginPlan = {
  which: 0,
  endpoint: 'check',
  who: 'its owner',
  realm: 'home',
  written: 'in two parts',
  serial: 'none',
  type: 'none',
  pin: 'right',
  otp: 'next',
  transaction: 'none',
  text: 'none',
  times: 1,
};

/** Mostly as it should be; what shrinks, shrinks to that. */
function mostly<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 30, arbitrary: fc.constant(usual) },
    { weight: 3, arbitrary: fc.constantFrom(...others) },
  );
}

const places = fc.nat(11);
const plans: fc.Arbitrary<LoginPlan> = fc.record({
  which: places,
  endpoint: mostly<LoginPlan['endpoint']>('check', 'check_s', 'check_t', 'simplecheck'),
  who: mostly<LoginPlan['who']>('its owner', 'another user', 'nobody', 'a stranger', 'a pattern'),
  realm: mostly<LoginPlan['realm']>('home', 'other', 'none', 'unknown'),
  written: mostly<LoginPlan['written']>('in two parts', 'with @', 'with a backslash'),
  serial: mostly<LoginPlan['serial']>('none', 'its own', "another's", 'a pattern'),
  type: mostly<LoginPlan['type']>('none', 'its own', "another's"),
  pin: mostly<LoginPlan['pin']>('right', 'of the token', 'of the directory', 'none', 'wrong'),
  otp: mostly<LoginPlan['otp']>('next', 'ahead', 'spent', 'beyond', 'wrong', 'none', "another's", 'absent'),
  transaction: mostly<LoginPlan['transaction']>('none', 'its own', 'any', 'a part', 'made up'),
  text: mostly<LoginPlan['text']>('none', 'data', 'challenge'),
  times: mostly(1, 3),
});
const triggers = plans.map((plan): LoginPlan => ({ ...plan, otp: 'none', transaction: 'none' }));
const answers = plans.map((plan): LoginPlan => ({
  ...plan,
  transaction: plan.transaction === 'none' ? 'its own' : plan.transaction,
  pin: plan.pin === 'right' ? 'none' : plan.pin,
}));
/** By a device that ran far ahead. */
const lost = fc.oneof(
  { weight: 3, arbitrary: places.map((which): LoginPlan => ({ ...STRAIGHT, which, otp: 'beyond' })) },
  { weight: 1, arbitrary: plans.map((plan): LoginPlan => ({ ...plan, otp: 'beyond' })) },
);
const bySerial = plans.map((plan): LoginPlan => ({
  ...plan,
  endpoint: 'check_s',
  who: 'nobody',
  serial: 'its own',
}));

export const loginSteps: fc.Arbitrary<LoginStep> = fc
  .oneof(
    { weight: 6, arbitrary: plans },
    { weight: 3, arbitrary: bySerial },
    { weight: 4, arbitrary: triggers },
    { weight: 5, arbitrary: answers },
    { weight: 3, arbitrary: lost },
  )
  .map((plan) => new LoginStep(plan));

export class LoginStep implements Step {
  constructor(private readonly plan: LoginPlan) {}

  check({ tokens }: Readonly<Model>): boolean {
    return tokens.length > 0 || this.plan.who !== 'its owner';
  }

  async run(model: Model, town: Town, tell: (what: string) => void): Promise<'accepted' | void> {
    const login = compose(model, this.plan);
    const form = formOf(login, this.plan);
    const sent = Array.from({ length: this.plan.times }, () =>
      town.post(`/validate/${login.endpoint}`, form),
    );
    tell(`/validate/${login.endpoint} ${JSON.stringify(form)}`);
    // One after the other, in any order: they are all the same.
    const expected = Array.from({ length: this.plan.times }, () => judge(model, login));
    const answered = await Promise.all(sent);
    compare(expected, answered);
    remember(model, expected, answered);
    if (answered.some(({ kind }) => kind === 'accepted')) return 'accepted';
  }

  toString(): string {
    const unusual = Object.entries(this.plan).filter(
      ([name, value]) => value !== STRAIGHT[name as keyof LoginPlan],
    );
    return `login(${unusual.map(([name, value]) => `${name}: ${value}`).join(', ')})`;
  }
}

function compare(expected: readonly Expected[], answered: readonly TownAnswer[]): void {
  const wanted = expected.map(({ kind }) => kind).toSorted();
  const got = answered.map(({ kind }) => kind).toSorted();
  const isUnsure = expected.every(({ kind }) => kind === 'unsure') && !got.includes('failed');
  if (isUnsure || wanted.join() === got.join()) return;
  throw new Error(`${wanted.join()} was expected, the answer was ${got.join()}: ${answered[0]?.text ?? ''}`);
}

function remember(model: Model, expected: readonly Expected[], answered: readonly TownAnswer[]): void {
  const [challenge] = expected.filter((one) => one.kind === 'challenged');
  if (!challenge) return;
  const moment = {};
  const made = answered.filter(({ kind }) => kind === 'challenged');
  for (const { asked } of made) {
    for (const token of challenge.tokens) {
      const [root = '', place = '0'] = (asked.get(token.serial) ?? asked.get('') ?? '').split('.');
      const { owner } = token;
      model.challenges.push({
        root,
        place: Number(place),
        token,
        owner,
        realm: challenge.realm,
        moment,
        isOpen: true,
      });
    }
  }
}

function compose(model: Model, plan: LoginPlan): WalkLogin {
  const asked = model.challenges.at(-1 - (plan.which % 4))?.token;
  const isAnswer = plan.transaction === 'its own' && asked !== undefined;
  const chosen = model.tokens[plan.which % Math.max(1, model.tokens.length)] ?? null;
  // The second of two follows the first.
  const begun = plan.otp === 'beyond' ? model.tokens.find(({ first }) => first !== null) : undefined;
  const token = isAnswer ? asked : (begun ?? chosen);
  const another = model.tokens[(plan.which + 1) % Math.max(1, model.tokens.length)] ?? token;
  const login = loginOf(model, plan, token);
  const transaction = transactionOf(model, plan, token);
  const text = plan.text === 'none' ? null : plan.text;
  const realm = { home: model.realm, other: model.otherRealm, none: model.defaultRealm, unknown: 'nowhere' }[
    plan.realm
  ];
  return {
    endpoint: plan.endpoint,
    login,
    realm,
    serial: serialOf(model, plan, token, another),
    typeLabel: typeOf(plan, token),
    pass: plan.otp === 'absent' ? null : passOf(model, plan, token, another, { login, realm }),
    transaction,
    text,
  };
}

function loginOf({ users }: Model, { who, which }: LoginPlan, token: WalkToken | null): string | null {
  const logins = [...users.keys()];
  switch (who) {
    case 'its owner':
      return token?.owner ?? null;
    case 'another user':
      return logins[which % logins.length] ?? null;
    case 'nobody':
      return null;
    case 'a stranger':
      return 'stranger';
    case 'a pattern':
      return (
        ['*', '%', `${logins[0]?.slice(0, -1)}*`, `${logins[0]}\0`, "' OR 1=1 --", '*)(uid=*'][which % 6] ??
        null
      );
  }
}

function serialOf(
  { prefix }: Model,
  { serial, which }: LoginPlan,
  token: WalkToken | null,
  another: WalkToken | null,
): string | null {
  switch (serial) {
    case 'none':
      return null;
    case 'its own':
      return token?.serial ?? null;
    case "another's":
      return another?.serial ?? null;
    case 'a pattern':
      return ['*', '%', `${prefix}*`, `${prefix}_`, `${token?.serial.toLowerCase()}`][which % 5] ?? null;
  }
}

function typeOf({ type, which }: LoginPlan, token: WalkToken | null): string | null {
  if (type === 'none') return null;
  return (type === 'its own' && token?.type) || (TYPES[which % TYPES.length] ?? null);
}

function transactionOf(
  model: Model,
  { transaction, which }: LoginPlan,
  token: WalkToken | null,
): string | null {
  const own = model.challenges.filter((challenge) => challenge.token === token).at(-1 - (which % 2));
  const any = model.challenges[which % Math.max(1, model.challenges.length)];
  const id = ({ root, place }: { root: string; place: number }, isWhole = which % 2 === 0) =>
    isWhole || place === 0 ? root : `${root}.0${place}`;
  switch (transaction) {
    case 'none':
      return null;
    case 'its own':
      return own ? id(own) : null;
    case 'any':
      return any ? id(any) : null;
    case 'a part':
      return any
        ? ([any.root.slice(0, -1), `${any.root.slice(0, 9)}%`, `${any.root}.`, ` ${any.root}`][which % 4] ??
            null)
        : null;
    case 'made up':
      return ['999999999999', '', '*', '%'][which % 4] ?? null;
  }
}

/** PIN and OTP; a challenge that is answered wants the OTP alone, and the plan says so. */
function passOf(
  model: Model,
  plan: LoginPlan,
  token: WalkToken | null,
  another: WalkToken | null,
  { login, realm }: { login: string | null; realm: string },
): string {
  if (!token) return plan.pin === 'wrong' ? 'wrong' : (model.users.get(login ?? '') ?? '');
  const scene =
    login === null ? { login: token.owner, realm: token.realms[0] ?? model.defaultRealm } : { login, realm };
  const password = model.users.get(scene.login ?? '') ?? 'no password';
  const isTokenPin = pinMode(model, scene) === 'token_pin' || !hasOtp(token);
  const right = isTokenPin ? token.pin : pinMode(model, scene) === 'password' ? password : '';
  const pin = { right, 'of the token': token.pin, 'of the directory': password, none: '', wrong: 'wrong' }[
    plan.pin
  ];
  const otp =
    plan.otp === "another's" ? otpFor(another ?? token, 'next', 0) : otpFor(token, plan.otp, plan.which);
  return model.settings.get('PrependPin') === 'False' ? `${otp}${pin}` : `${pin}${otp}`;
}

function otpFor(token: WalkToken, otp: Exclude<LoginPlan['otp'], "another's">, which: number): string {
  switch (otp) {
    case 'none':
    case 'absent':
      return '';
    case 'next':
      return otpOf(token, nextOf(token));
    case 'ahead':
      return otpOf(token, nextOf(token) + (which % 3));
    case 'spent':
      return otpOf(token, Math.max(0, token.counter - 1 - (which % 3)));
    case 'beyond':
      return token.type === 'yubikey' ? wrongOtp(token) : otpOf(token, beyond(token, which));
    case 'wrong':
      return wrongOtp(token);
  }
}

/** Somewhere beyond the window, or what mostly follows the one of before. */
function beyond(token: WalkToken, which: number): number {
  return token.first === null ? windowOf(token).to + 4 : token.first + (which % 4 === 3 ? 5 : 1);
}

/** What the device shows: the OTP of now, or the next one where that is spent. */
function nextOf(token: WalkToken): number {
  const now = { totp: () => stepOf(token), motp: slotNow }[token.type as 'totp' | 'motp']?.() ?? 0;
  return Math.max(token.counter, now);
}

/** One that the token does not take, however it may look. */
function wrongOtp(token: WalkToken): string {
  if (!hasOtp(token)) return 'more';
  const right = otpOf(token, nextOf(token));
  for (let last = 0; last < 16; last++) {
    const wrong =
      right.slice(0, -1) + (token.type === 'yubikey' ? 'cbdefghijklnrtuv' : '0123456789abcdef').charAt(last);
    if (wrong !== right && !matchOf(token, wrong)) return wrong;
  }
  throw new Error(`everything is right for ${token.serial}`);
}

function formOf(login: WalkLogin, { written, realm: where, which }: LoginPlan): Record<string, string> {
  const { login: name, realm, serial, typeLabel, pass, transaction, text } = login;
  const isJoined = written !== 'in two parts' && name !== null && where !== 'none' && !/[@\\]/.test(name);
  const joined = written === 'with @' ? `${name}@${realm}` : `${realm.toUpperCase()}\\${name}`;
  return {
    ...(name !== null && { user: isJoined ? joined : name }),
    ...(name !== null && !isJoined && where !== 'none' && { realm }),
    ...(serial !== null && { serial }),
    ...(typeLabel !== null && { token_type: typeLabel }),
    ...(pass !== null && { pass }),
    ...(transaction !== null && { [which % 2 === 0 ? 'state' : 'transactionid']: transaction }),
    ...(text !== null && { [text]: 'a text' }),
  };
}

/** Polls, as anybody may: nobody is let in, but a wrong PIN counts. */
export class PollStep implements Step {
  constructor(
    private readonly which: number,
    private readonly isRight: boolean,
  ) {}

  check({ challenges }: Readonly<Model>): boolean {
    return challenges.length > 0;
  }

  async run(model: Model, town: Town): Promise<void> {
    const { root } = model.challenges[this.which % model.challenges.length] ?? { root: '' };
    const named = challengesOf(model, root);
    const [first] = named;
    const pass = this.isRight ? (first?.token.pin ?? '') : 'wrong';
    const shown = new Set<WalkToken>();
    for (const token of new Set(named.map((one) => one.token))) {
      const isTheirs = named.some((one) => one.token === token && one.owner === token.owner);
      if (!isTheirs || !token.isEnabled || token.failures >= token.maxFailures) continue;
      if (token.pin === pass) shown.add(token);
      else token.failures++;
    }
    const { kind, text } = await town.post('/validate/check_status', { state: root, pass });
    if ((kind === 'accepted') !== shown.size > 0) throw new Error(`the poll was answered: ${text}`);
  }

  toString(): string {
    return `poll(which: ${this.which}, pin: ${this.isRight ? 'right' : 'wrong'})`;
  }
}

export const pollSteps = fc
  .tuple(places, fc.boolean())
  .map(([place, isRight]) => new PollStep(place, isRight));
