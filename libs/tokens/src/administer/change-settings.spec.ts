import { Invalid } from '@app/kernel';
import { NO_POLICIES, type StoredPolicy, compilePolicies } from '@app/policies';
import { type ConfigurationSnapshot, settingsOf } from '@app/realms';

import {
  PredictableRandom,
  givenHotpToken,
  givenTotpToken,
} from '../../../../test/support/domain/given-token.js';
import { TokensInMemory } from '../../../../test/support/domain/tokens-in-memory.js';
import { matchesPin } from '../pin.js';
import type { Token } from '../token.js';
import { UnknownToken } from '../token.errors.js';
import { ChangeSettings, type TokenSettings } from './change-settings.js';
import { TokenRights } from './token-rights.js';

const CONTEXT = { action: 'admin/set', client: '192.0.2.1', administrator: 'admin', user: '', realm: '' };

const READABLE_IN_STAFF: StoredPolicy = {
  name: 'readable',
  scope: 'enrollment',
  action: 'otp_pin_encrypt=1',
  realm: 'staff',
  user: '*',
  client: '*',
  time: null,
  active: 'True',
};

function given(...tokens: Token[]) {
  const store = new TokensInMemory(tokens);
  const useCase = new ChangeSettings(store, new PredictableRandom());
  const change = (settings: TokenSettings, serial = 'TOTP1', policies = NO_POLICIES) => {
    const configuration = {
      settings: settingsOf(new Map()),
      policies,
    } as Pick<ConfigurationSnapshot, 'settings' | 'policies'> as ConfigurationSnapshot;
    return useCase.execute({ serial, owner: null }, settings, '', configuration, TokenRights.ALL, CONTEXT);
  };
  return { store, change };
}

describe('ChangeSettings', () => {
  describe('another time step', () => {
    it.each([
      // [0, counter × old) is spent; the new counter must not leave any of it open.
      { old: 30, counter: 0, step: 60, expected: 0 },
      { old: 30, counter: 10, step: 60, expected: 5 },
      { old: 30, counter: 11, step: 60, expected: 6 },
      { old: 60, counter: 5, step: 30, expected: 10 },
      { old: 60, counter: 6, step: 30, expected: 12 },
      { old: 30, counter: 11, step: 30, expected: 11 },
    ])(
      'makes counter $counter at $old s to $expected at $step s',
      async ({ old, counter, step, expected }) => {
        const time = { stepSeconds: old, windowSeconds: 300, shiftSeconds: 12 };
        const { store, change } = given(givenTotpToken({ counter, time }));
        await expect(change({ timeStepSeconds: step })).resolves.toBe(1);
        expect(store.token()).toMatchObject({
          counter: expected,
          time: { stepSeconds: step, windowSeconds: 300, shiftSeconds: 12 },
        });
      },
    );

    it.each([0, 1, 29, 31, 90, -30, Number.NaN])(
      'refuses steps of %d s and changes nothing',
      async (step) => {
        const { store, change } = given(givenTotpToken({ counter: 7 }));
        const before = store.token();
        await expect(change({ timeStepSeconds: step, description: 'new' })).rejects.toThrow(Invalid);
        expect(store.token()).toEqual(before);
        expect(store.recorded).toEqual([]);
      },
    );

    it('needs exactly one token', async () => {
      const { change } = given(givenTotpToken());
      await expect(change({ timeStepSeconds: 60 }, 'NOSUCH')).rejects.toThrow(UnknownToken);
    });

    it('leaves a token without time settings as it is', async () => {
      const { store, change } = given(givenHotpToken({ counter: 7 }));
      await change({ timeStepSeconds: 60 }, 'OATH1');
      expect(store.token()).toMatchObject({ counter: 7, time: null });
    });
  });

  it('another time window leaves step, drift and counter', async () => {
    const time = { stepSeconds: 60, windowSeconds: 300, shiftSeconds: 12 };
    const { store, change } = given(givenTotpToken({ counter: 7, time }));
    await change({ timeWindowSeconds: 180 });
    expect(store.token()).toMatchObject({ counter: 7, time: { ...time, windowSeconds: 180 } });
  });

  it('sets what is given and nothing else', async () => {
    const { store, change } = given(givenHotpToken({ counter: 7, failures: 3, description: 'old' }));
    const before = store.token();
    await change({ maxFailures: 3, syncWindow: 50, lookAhead: 20, digits: 8 }, 'OATH1');
    expect(store.token()).toEqual({
      ...before,
      maxFailures: 3,
      syncWindow: 50,
      lookAhead: 20,
      digits: 8,
      revision: before.revision + 1,
    });
  });

  it('sets a PIN, also an empty one', async () => {
    const { store, change } = given(givenHotpToken());
    await change({ pin: 'apin2' }, 'OATH1');
    expect(matchesPin(store.token().pin, 'apin2')).toBe(true);
    await change({ pin: '' }, 'OATH1');
    expect(matchesPin(store.token().pin, '')).toBe(true);
    expect(matchesPin(store.token().pin, 'apin2')).toBe(false);
  });

  it('counts and records what it selected, also nothing', async () => {
    const { store, change } = given(givenHotpToken({ realms: ['staff'] }));
    await expect(change({ maxFailures: 3 }, 'OATH1')).resolves.toBe(1);
    await expect(change({ maxFailures: 3 }, 'NOSUCH')).resolves.toBe(0);
    expect(store.recorded).toEqual([
      { succeeded: true, serial: 'OATH1', tokenType: 'HMAC', realm: 'staff', detail: '' },
      { succeeded: false, detail: '' },
    ]);
  });

  it.each([
    { realms: ['staff'], isReadable: true },
    { realms: ['ext'], isReadable: false },
    { realms: [], isReadable: false },
  ])('stores a PIN in realms $realms as a policy says', async ({ realms, isReadable }) => {
    const { store, change } = given(givenHotpToken({ realms }));
    await change({ pin: 'mypin' }, 'OATH1', compilePolicies([READABLE_IN_STAFF]));
    const { pin } = store.token();
    expect(pin?.use((bytes) => Buffer.from(bytes).includes('mypin'))).toBe(isReadable);
    expect(matchesPin(pin, 'mypin')).toBe(true);
    expect(matchesPin(pin, 'other')).toBe(false);
  });
});
