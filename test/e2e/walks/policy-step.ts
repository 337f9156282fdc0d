import fc from 'fast-check';

import type { Model } from './model.js';
import type { Step } from './step.js';
import type { Town } from './town.js';

/** Policies that change who is let in; `authorize` means everybody on the server. */
const ACTIONS: Readonly<Record<string, { readonly scope: string; readonly values: readonly string[] }>> = {
  otppin: { scope: 'authentication', values: ['0', '1', '2', '3'] },
  challenge_response: { scope: 'authentication', values: ['*', 'hmac totp', 'pw', '* pw'] },
  passthru: { scope: 'authentication', values: [''] },
  passOnNoToken: { scope: 'authentication', values: [''] },
  disable_on_authentication_exceed: { scope: 'authentication', values: [''] },
  delete_on_authentication_exceed: { scope: 'authentication', values: [''] },
  tokentype: { scope: 'authorization', values: ['hmac totp', '*', 'pw', 'spass dpw'] },
  serial: { scope: 'authorization', values: ['T[0-2]$', 'T', '^$', '^lost'] },
  setrealm: { scope: 'authorization', values: [''] },
  authorize: { scope: 'authorization', values: [''] },
};

/** A policy is set, or taken away. */
export class PolicyStep implements Step {
  constructor(
    private readonly action: string,
    private readonly value: number,
    /** Only of one user. */
    private readonly user: number | null,
    private readonly isSet: boolean,
  ) {}

  check({ policies, defaultRealm }: Readonly<Model>): boolean {
    if (this.action === 'authorize' && defaultRealm === '') return false;
    return this.isSet || policies.has(this.action);
  }

  async run(model: Model, town: Town): Promise<void> {
    const { scope, values } = ACTIONS[this.action] ?? { scope: '', values: [] };
    if (!this.isSet) {
      await town.removePolicy(this.action);
      model.policies.delete(this.action);
      return;
    }
    const value = this.action === 'setrealm' ? model.otherRealm : (values[this.value % values.length] ?? '');
    const user = this.user === null ? null : ([...model.users.keys()][this.user] ?? null);
    const action = value === '' ? this.action : `${this.action}=${value}`;
    await town.setPolicy(this.action, { scope, action, user: user ?? '*' });
    model.policies.set(this.action, { value, user });
  }

  toString(): string {
    return `policy(${this.action}, value: ${this.value}, user: ${this.user}, ${this.isSet ? 'set' : 'removed'})`;
  }
}

export const policySteps = fc
  .tuple(
    fc.constantFrom(
      'otppin',
      ...Array.from({ length: 5 }, () => 'challenge_response'),
      ...Object.keys(ACTIONS),
    ),
    fc.nat(3),
    fc.option(fc.nat(2), { freq: 3 }),
    fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 2, arbitrary: fc.constant(false) }),
  )
  .map((parts) => new PolicyStep(...parts));

/** Everybody's tokens ask for their OTPs. */
export const ASKED_BY_CHALLENGES = new PolicyStep('challenge_response', 0, null, true);

const SETTINGS = [
  'PrependPin',
  'PassOnUserNotFound',
  'PassOnUserNoToken',
  'DefaultResetFailCount',
  'AutoResync',
] as const;

/** Settings are of the whole server: only who lives alone changes them. */
export class SettingStep implements Step {
  constructor(
    private readonly key: string,
    private readonly isOn: boolean,
  ) {}

  check({ defaultRealm }: Readonly<Model>): boolean {
    return defaultRealm !== '';
  }

  async run(model: Model, town: Town): Promise<void> {
    const value = this.isOn ? 'True' : 'False';
    await town.set(this.key, value);
    model.settings.set(this.key, value);
  }

  toString(): string {
    return `setting(${this.key}: ${this.isOn})`;
  }
}

/** Tokens that ran far ahead are found again. */
export const FOUND_AGAIN = new SettingStep('AutoResync', true);

export const settingSteps = fc
  .tuple(fc.constantFrom(...SETTINGS), fc.boolean())
  .map(([key, isOn]) => new SettingStep(key, isOn));
