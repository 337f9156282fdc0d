import fc from 'fast-check';

import { forget } from './judge.js';
import {
  SYNC_WINDOW,
  type Model,
  TYPES,
  type TypeName,
  YUBIKEY_DIGITS,
  type WalkToken,
  otpOf,
  search,
  stepOf,
} from './model.js';
import type { Step } from './step.js';
import type { Town } from './town.js';

const SERIALS = 5;
const PINS = ['', 'pin', '7', 'longer 123456'];
const KEYS = ['31'.repeat(20), '5a5b'.repeat(10), '0123456789abcdef0123456789abcdef01234567'];
const SEEDS: Readonly<Record<TypeName, readonly string[]>> = {
  hmac: KEYS,
  totp: KEYS,
  motp: ['0123456789abcdef', 'fedcba9876543210'],
  yubikey: ['00112233445566778899aabbccddeeff', 'ffeeddccbbaa99887766554433221100'],
  pw: ['password', 'a longer password'],
  dpw: ['1234567890abcdef', 'another seed'],
  spass: [''],
};
const DEVICE_PINS = ['1234', '4711'];
const STEP_SECONDS = 30;
const HOUR_SECONDS = 3_600;

const at = <T>(list: readonly T[], place: number): T => {
  const found = list[place % list.length];
  if (found === undefined) throw new Error('an empty list');
  return found;
};

interface Enrolment {
  readonly slot: number;
  readonly type: TypeName;
  readonly user: number | null;
  readonly pin: number | null;
  readonly seed: number;
  readonly realm: 'home' | 'other';
  readonly digits: number;
}

/** A token is enrolled, or enrolled anew. */
export class EnrolStep implements Step {
  constructor(private readonly plan: Enrolment) {}

  check(): boolean {
    return true;
  }

  async run(model: Model, town: Town): Promise<void> {
    const { slot, type, user, pin, seed: choice } = this.plan;
    const seed = at(SEEDS[type], choice);
    const devicePin = at(DEVICE_PINS, choice);
    const realm = this.plan.realm === 'home' ? model.realm : model.otherRealm;
    const owner = user === null ? null : at([...model.users.keys()], user);
    const serial = `${model.prefix}${slot}`;
    const isOath = type === 'hmac' || type === 'totp';
    const { result, text } = await town.ask('/admin/init', {
      type,
      serial,
      realm,
      ...(type === 'spass' ? { genkey: '1' } : { otpkey: seed }),
      ...(owner !== null && { user: owner }),
      ...(pin !== null && { pin: at(PINS, pin) }),
      ...(isOath && { otplen: String(this.plan.digits) }),
      ...(type === 'yubikey' && { otplen: String(YUBIKEY_DIGITS) }),
      ...(type === 'motp' && { otppin: devicePin }),
    });
    const existing = model.tokens.find((token) => token.serial === serial);
    const isRefused = existing !== undefined && existing.type !== type;
    if (result?.status !== !isRefused) throw new Error(`the enrolment was answered: ${text}`);
    if (isRefused) return;
    const digits = isOath
      ? this.plan.digits
      : type === 'yubikey'
        ? YUBIKEY_DIGITS
        : type === 'pw'
          ? seed.length
          : 6;
    const token = existing ?? newToken(serial, type);
    // What is spent stays spent as long as the seed is the same.
    if (token.seed !== seed) Object.assign(token, { counter: 0, first: null });
    token.seed = seed;
    token.digits = digits;
    token.devicePin = devicePin;
    token.shiftSeconds = 0;
    token.privateId = null;
    token.failures = 0;
    token.realms = [realm];
    if (owner !== null) token.owner = owner;
    if (pin !== null) token.pin = at(PINS, pin);
    if (!existing) model.tokens.push(token);
  }

  toString(): string {
    return `enrol${JSON.stringify(this.plan)}`;
  }
}

function newToken(serial: string, type: TypeName): WalkToken {
  return {
    serial,
    type,
    owner: null,
    realms: [],
    pin: '',
    seed: '',
    devicePin: '',
    digits: 6,
    counter: 0,
    shiftSeconds: 0,
    window: 10,
    failures: 0,
    maxFailures: 10,
    isEnabled: true,
    validity: 'now',
    attempts: 0,
    maxAttempts: 0,
    successes: 0,
    maxSuccesses: 0,
    privateId: null,
    asked: 0,
    first: null,
  };
}

export const enrolSteps = fc
  .record<Enrolment>({
    slot: fc.nat(SERIALS - 1),
    type: fc.oneof(
      { weight: 4, arbitrary: fc.constant<TypeName>('hmac') },
      { weight: 7, arbitrary: fc.constantFrom(...TYPES) },
    ),
    user: fc.option(fc.nat(1), { freq: 6 }),
    pin: fc.option(fc.nat(PINS.length - 1), { freq: 6 }),
    seed: fc.nat(2),
    realm: fc.oneof(
      { weight: 8, arbitrary: fc.constant('home' as const) },
      { weight: 1, arbitrary: fc.constant('other' as const) },
    ),
    digits: fc.oneof({ weight: 4, arbitrary: fc.constant(6) }, { weight: 1, arbitrary: fc.constant(8) }),
  })
  .map((plan) => new EnrolStep(plan));

/** One change of a token: what is asked for, and what becomes of it. */
type Change = (
  model: Model,
  token: WalkToken,
  value: number,
) => {
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
  /** Told once the server has answered; `value` is what it answered. */
  readonly done: (value: unknown) => void;
};

const other = (model: Model, value: number): WalkToken => at(model.tokens, value);

const CHANGES: Readonly<Record<string, Change>> = {
  disable: (_, token) => ({ ...named('disable', token), done: () => void (token.isEnabled = false) }),
  enable: (_, token) => ({ ...named('enable', token), done: () => void (token.isEnabled = true) }),
  remove: (model, token) => ({ ...named('remove', token), done: () => forget(model, token) }),
  reset: (_, token) => ({ ...named('reset', token), done: () => void (token.failures = 0) }),
  unassign: (_, token) => ({
    ...named('unassign', token),
    done: () => Object.assign(token, { owner: null, failures: 0 }),
  }),
  assign: (model, token, value) => {
    const user = at([...model.users.keys()], value);
    const pin = value % 2 === 0 ? null : at(PINS, value);
    return {
      ...named('assign', token, { user, realm: model.realm, ...(pin !== null && { pin }) }),
      done: () =>
        Object.assign(token, {
          owner: user,
          realms: [model.realm],
          failures: 0,
          ...(pin !== null && { pin }),
        }),
    };
  },
  setPin: (_, token, value) => {
    const pin = at(PINS, value);
    return { ...named('set', token, { pin }), done: () => void (token.pin = pin) };
  },
  setMaxFail: (_, token, value) => {
    const maxFailures = at([3, 1, 2, 10], value);
    return {
      ...named('set', token, { MaxFailCount: String(maxFailures) }),
      done: () => Object.assign(token, { maxFailures }),
    };
  },
  setWindow: (_, token, value) => {
    const window = at(token.type === 'hmac' ? [5, 1, 20] : [20, 10, 12], value);
    return {
      ...named('set', token, { CounterWindow: String(window) }),
      done: () => Object.assign(token, { window }),
    };
  },
  setUses: (_, token, value) => {
    const [maxAttempts, maxSuccesses] = at(
      [
        [2, 0],
        [0, 2],
        [1, 1],
        [0, 0],
      ] as const,
      value,
    );
    const form = { countAuthMax: String(maxAttempts), countAuthSuccessMax: String(maxSuccesses) };
    return { ...named('set', token, form), done: () => Object.assign(token, { maxAttempts, maxSuccesses }) };
  },
  clearUses: (_, token) => ({
    ...named('set', token, { countAuth: '0', countAuthSuccess: '0' }),
    done: () => Object.assign(token, { attempts: 0, successes: 0 }),
  }),
  setValidity: (_, token, value) => {
    const validity = at(['over', 'to come', 'now', 'now'] as const, value);
    const now = Math.floor(Date.now() / 1000);
    const form = {
      'tokens[]': token.serial,
      validityPeriodStart: validity === 'to come' ? String(now + HOUR_SECONDS) : 'unlimited',
      validityPeriodEnd: validity === 'over' ? String(now - HOUR_SECONDS) : 'unlimited',
    };
    return { path: '/admin/setValidity', form, done: () => Object.assign(token, { validity }) };
  },
  setRealm: (model, token, value) => {
    const realms = at([[model.otherRealm], [], [model.realm]], value);
    return {
      ...named('tokenrealm', token, { realms: realms.join() }),
      done: () => Object.assign(token, { realms }),
    };
  },
  setDevicePin: (_, token, value) => {
    const devicePin = at(DEVICE_PINS, value);
    const isMotp = token.type === 'motp';
    return isMotp
      ? { ...named('setPin', token, { userpin: devicePin }), done: () => Object.assign(token, { devicePin }) }
      : { ...named('reset', token), done: () => void (token.failures = 0) };
  },
  copyPin: (model, token, value) => {
    const from = other(model, value);
    return {
      path: '/admin/copyTokenPin',
      form: { from: from.serial, to: token.serial },
      done: () => void (token.pin = from.pin),
    };
  },
  copyUser: (model, token, value) => {
    const from = other(model, value);
    return {
      path: '/admin/copyTokenUser',
      form: { from: from.serial, to: token.serial },
      done: () => Object.assign(token, { owner: from.owner, realms: from.realms }),
    };
  },
  resync: (_, token, value) => {
    const [otp1, otp2] = resyncOtps(token, value);
    const spent = resynced(token, otp1, otp2);
    return {
      ...named('resync', token, { otp1, otp2 }),
      done: (answer) => {
        if (answer !== (spent !== null)) throw new Error(`resync was answered with ${String(answer)}`);
        if (spent !== null) Object.assign(token, spent, { first: null });
      },
    };
  },
  lose: (model, token) => {
    if (token.owner === null || token.serial.startsWith('lost'))
      return { ...named('reset', token), done: () => void (token.failures = 0) };
    return {
      ...named('losttoken', token),
      done: (answer) => {
        const { serial, password } = answer as { serial: string; password: string };
        const existing = model.tokens.find((one) => one.serial === serial);
        const { owner, realms } = token;
        const replacement = existing ?? newToken(serial, 'pw');
        const { window, maxFailures, asked } = replacement;
        Object.assign(replacement, {
          ...newToken(serial, 'pw'),
          window,
          maxFailures,
          asked,
          owner,
          realms,
          seed: password,
          digits: password.length,
          pin: token.type === 'spass' ? '' : token.pin,
        });
        if (!existing) model.tokens.push(replacement);
        token.isEnabled = false;
      },
    };
  },
};

function named(action: string, { serial }: WalkToken, more: Readonly<Record<string, string>> = {}) {
  return { path: `/admin/${action}`, form: { serial, ...more } };
}

/** Two OTPs in a row, from somewhere; or two that are none. */
function resyncOtps(token: WalkToken, value: number): readonly [string, string] {
  const from = token.type === 'totp' ? stepOf(token) : token.counter;
  const first = Math.max(0, from + at([3, 40, 300, -2], value));
  const isRow = value % 5 !== 4;
  return [otpOf(token, first), otpOf(token, first + (isRow ? 1 : 2))];
}

/** @returns what changes, or `null` where they do not fit (spec/token-types §4, §5, §11) */
function resynced(token: WalkToken, otp1: string, otp2: string): Partial<WalkToken> | null {
  const step = token.type === 'totp' ? stepOf(token) - 1 : 0;
  const ranges: Partial<Record<TypeName, { from: number; to: number }>> = {
    hmac: { from: token.counter, to: token.counter + SYNC_WINDOW },
    totp: { from: Math.max(token.counter, step - SYNC_WINDOW, 0), to: step + SYNC_WINDOW },
    yubikey: { from: token.counter, to: token.counter + SYNC_WINDOW },
  };
  const range = ranges[token.type];
  const first = range ? search(token, otp1, range) : null;
  if (first === null || otpOf(token, first + 1) !== otp2) return null;
  const shiftSeconds = (first + 1.5) * STEP_SECONDS - Date.now() / 1000;
  return { counter: first + 2, ...(token.type === 'totp' && { shiftSeconds }) };
}

export class ChangeStep implements Step {
  constructor(
    private readonly name: string,
    private readonly which: number,
    private readonly value: number,
  ) {}

  check({ tokens }: Readonly<Model>): boolean {
    return tokens.length > 0;
  }

  async run(model: Model, town: Town, tell: (what: string) => void): Promise<void> {
    const change = CHANGES[this.name]?.(model, at(model.tokens, this.which), this.value);
    if (!change) throw new Error(`no such change: ${this.name}`);
    tell(`${change.path} ${JSON.stringify(change.form)}`);
    // Without a session nothing of it happens; the tokens are looked at in the end.
    if (this.value === 7 && (await town.strangerMay(change.path, change.form))) {
      throw new Error('a stranger may change tokens');
    }
    const { result, text } = await town.ask(change.path, change.form);
    if (result?.status !== true) throw new Error(`the change was answered: ${text}`);
    change.done(result.value);
  }

  toString(): string {
    return `${this.name}(which: ${this.which}, value: ${this.value})`;
  }
}

export const changeSteps = fc
  .tuple(fc.constantFrom(...Object.keys(CHANGES)), fc.nat(11), fc.nat(7))
  .map(([name, which, value]) => new ChangeStep(name, which, value));
