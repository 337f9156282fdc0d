import {
  RFC_OTPS,
  givenHotpToken,
  givenMotpToken,
  givenOcraToken,
  givenSmsToken,
  givenTotpToken,
  givenYubikeyToken,
} from '../../../../test/support/domain/given-token.js';
import { totpAt } from '../../../../test/support/clients/otp.js';
import { type Token, changedInfo } from '../token.js';
import { tokenType, tokenTypes } from './registry.js';
import type { TokenTypeId } from './token-type.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const STEP_MS = 30_000;

/** The token as a restore at `NOW` leaves it. */
function restored(token: Token, margin = 5): Token {
  const { counter = token.counter, info = {} } = tokenType(token.type).afterRestore(token, {
    now: NOW,
    margin,
  });
  return { ...token, counter, info: changedInfo(token.info, info) };
}

const verdict = (token: Token, otp: string, now = NOW) => tokenType(token.type).verify(token, otp, now).kind;

describe('what a restore does to tokens', () => {
  it('refuses the HOTP values that a device may have shown since, and takes the first beyond the margin', () => {
    const token = restored(givenHotpToken({ counter: 2 }));
    for (const otp of RFC_OTPS.slice(0, 7)) expect(verdict(token, otp)).toBe('mismatched');
    expect(verdict(token, RFC_OTPS[7])).toBe('matched');
  });

  it('refuses the TOTP values of every step that a login could have been accepted at by then', () => {
    const backedUp = givenTotpToken({ lookAhead: 3, counter: 7 });
    const token = restored(backedUp);
    for (let steps = -3; steps < 3; steps++) {
      const otp = totpAt(NOW, { steps });
      expect(verdict(backedUp, otp)).toBe('matched');
      expect(verdict(token, otp)).toBe('mismatched');
    }
    const later = new Date(NOW.getTime() + 3 * STEP_MS);
    expect(verdict(token, totpAt(later), later)).toBe('matched');
  });

  it('looks at the clock of the device for that', () => {
    const time = { stepSeconds: 30, windowSeconds: 300, shiftSeconds: 3600 };
    const token = restored(givenTotpToken({ lookAhead: 3, time }));
    expect(verdict(token, totpAt(NOW, { steps: 120 + 2 }))).toBe('mismatched');
    const later = new Date(NOW.getTime() + 3 * STEP_MS);
    expect(verdict(token, totpAt(later, { steps: 120 }), later)).toBe('matched');
  });

  it('lowers no counter', () => {
    const far = 10 ** 12;
    for (const token of [givenTotpToken({ counter: far }), givenMotpToken({ counter: far })]) {
      expect(restored(token).counter).toBe(far);
    }
  });

  it('spends the slots of mOTP up to the last of its window', () => {
    const slot = Math.floor(NOW.getTime() / 10_000);
    expect(restored(givenMotpToken({ lookAhead: 10 })).counter).toBe(slot + 20);
  });

  it('counts a Yubikey as plugged in anew for each value of the margin', () => {
    expect(restored(givenYubikeyToken({ counter: 4 * 256 + 17 })).counter).toBe(9 * 256 + 17);
  });

  it('sends no value again that was sent since', () => {
    const token = restored(givenSmsToken({ counter: 3, info: { phone: '49', until: 4_000_000_000 } }));
    expect(token).toMatchObject({ counter: 1_000_003, info: { phone: '49' } });
    expect(token.info).not.toHaveProperty('until');
  });

  it.each([
    { suite: 'OCRA-1:HOTP-SHA256-8:C-QN08', counter: 2 + 5 },
    { suite: 'OCRA-1:HOTP-SHA256-8:QN08-T1M', counter: (Math.floor(NOW.getTime() / 60_000) + 3) * 60 + 1 },
    { suite: 'OCRA-1:HOTP-SHA256-8:QN08', counter: 2 },
    { suite: 'of another kind', counter: 2 },
  ])('moves what the OCRA suite $suite takes of its device', ({ suite, counter }) => {
    const time = { stepSeconds: 60, windowSeconds: 180, shiftSeconds: 0 };
    expect(restored(givenOcraToken({ suite, time, counter: 2 })).counter).toBe(counter);
  });

  it('takes the first of two values, which were to find a device again, out of memory', () => {
    const info = { otp1c: 400, dueDate: 4_000_000_000, note: 'stays' };
    for (const given of [givenHotpToken, givenTotpToken, givenOcraToken]) {
      const { otp1c, dueDate, note } = restored(given({ info })).info;
      expect([otp1c, dueDate, note]).toEqual([undefined, undefined, 'stays']);
    }
  });

  it('has a roll-out of OCRA2 begin anew', () => {
    const token = givenOcraToken({ info: { rollout: '2', nonce: 'aa' } });
    expect(restored(token).info).toMatchObject({ rollout: '1' });
  });

  const pairedStates = tokenTypes.flatMap(({ id, pairing }) =>
    pairing ? Object.entries(pairing.states).map(([stage, state]) => ({ id, pairing, stage, state })) : [],
  );
  it.each(pairedStates)(
    'voids a pairing of $id that is $stage, unless it is complete',
    ({ id, pairing, stage, state }) => {
      const info = {
        state,
        pairing_until: 4_000_000_000,
        user_token_id: 1,
        [pairing.keyName]: 'key',
        partition: 0,
      };
      const token = restored({ ...givenHotpToken(), type: id, info });
      if (stage === 'complete') expect(token.info).toEqual(info);
      else expect(token.info).toEqual({ state: pairing.states.invited, partition: 0 });
    },
  );

  it.each<TokenTypeId>([
    'password',
    'simple-pass',
    'day-password',
    'voice',
    'remote',
    'radius',
    'forward',
    'yubico',
  ])('leaves %s as it was', (type) => {
    const token = { ...givenHotpToken(), type };
    expect(restored(token)).toEqual(token);
  });
});
