import type { PairingResponse } from '@app/otp';

import { givenHotpToken } from '../../../../test/support/domain/given-token.js';
import type { Token, TokenInfo } from '../token.js';
import { takesPart } from '../types/registry.js';
import { decidePairing } from './decide-pairing.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const SECONDS = NOW.getTime() / 1000;
const KEY = Buffer.alloc(32, 1);
const OTHER_KEY = Buffer.alloc(32, 2);
const PAIRED_QR = { state: 'pairing_response_received', user_public_key: KEY.toString('base64') };
const PAIRED_PUSH = {
  state: 'pairing_response_received',
  user_dsa_public_key: KEY.toString('base64'),
  gda: 'here',
  paired_by: 'first',
};

const tokenOf = (type: 'qr' | 'push', info: TokenInfo, active = false): Token =>
  givenHotpToken({ serial: 'T1', type, active, info: { partition: 0, ...info } });
const answerOf = (type: 'qr' | 'push', changes: Partial<PairingResponse> = {}, digest = 'second') => {
  const said = { tokenNumber: 7, publicKey: KEY, serial: 'T1', login: 'anna' };
  const response = { ...said, type, address: type === 'push' ? 'here' : '', ...changes };
  return { response, partition: 0, digest };
};

describe('decidePairing', () => {
  const invited = { state: 'pairing_url_sent', pairing_until: SECONDS + 1 };

  it('takes the first answer to the URL', () => {
    expect(decidePairing(tokenOf('qr', invited), answerOf('qr'), NOW)).toEqual({
      state: 'pairing_response_received',
      user_token_id: 7,
      user_public_key: KEY.toString('base64'),
      pairing_until: null,
      paired_by: 'second',
    });
    const push = tokenOf('push', { ...invited, state: 'unpaired' });
    expect(decidePairing(push, answerOf('push'), NOW)).toMatchObject({
      user_dsa_public_key: KEY.toString('base64'),
      user_login: 'anna',
      gda: 'here',
    });
  });

  it.each<[string, Token | null, ReturnType<typeof answerOf>, string]>([
    ['there is no token', null, answerOf('qr'), 'no token'],
    ['the token is of another type', tokenOf('push', invited), answerOf('qr'), "doesn't match supplied"],
    ['it is of no type that is paired', givenHotpToken(), answerOf('qr'), "doesn't match supplied"],
    ['it is of another partition', tokenOf('qr', { ...invited, partition: 1 }), answerOf('qr'), 'Partition'],
    ['the time is over', tokenOf('qr', { ...invited, pairing_until: SECONDS }), answerOf('qr'), 'expired'],
    ['no time was given', tokenOf('qr', { state: 'pairing_url_sent' }), answerOf('qr'), 'expired'],
    [
      'it was used before',
      tokenOf('qr', { ...invited, paired_by: 'first second' }),
      answerOf('qr'),
      'used before',
    ],
    ['it is paired', tokenOf('qr', PAIRED_QR), answerOf('qr'), 'does not allow'],
    [
      'it is in use',
      tokenOf('qr', { ...PAIRED_QR, state: 'pairing_complete' }, true),
      answerOf('qr'),
      'not allow',
    ],
    ['its state is none', tokenOf('push', { ...PAIRED_PUSH, state: 'else' }), answerOf('push'), 'not allow'],
    [
      'the key is another one',
      tokenOf('push', PAIRED_PUSH),
      answerOf('push', { publicKey: OTHER_KEY }),
      'keys',
    ],
    ['the address is', tokenOf('push', PAIRED_PUSH), answerOf('push', { address: 'there' }), 'spoofing'],
    [
      'it is disabled',
      tokenOf('push', { ...PAIRED_PUSH, state: 'active' }),
      answerOf('push', { address: 'there' }),
      'inactive',
    ],
    [
      'there were too many',
      tokenOf('push', { ...PAIRED_PUSH, paired_by: Array.from({ length: 50 }, (_, at) => at).join(' ') }),
      answerOf('push'),
      'too often',
    ],
  ])('takes none where %s', (_title, token, answer, reason) => {
    expect(() => decidePairing(token, answer, NOW)).toThrow(reason);
  });

  it('takes another address of an app that is known', () => {
    const moved = answerOf('push', { address: 'there' });
    expect(decidePairing(tokenOf('push', { ...PAIRED_PUSH, state: 'active' }, true), moved, NOW)).toEqual({
      gda: 'there',
      paired_by: 'first second',
    });
    const asked = tokenOf('push', { ...PAIRED_PUSH, state: 'pairing_challenge_sent' });
    expect(decidePairing(asked, moved, NOW)).toMatchObject({
      state: 'pairing_response_received',
      gda: 'there',
    });
  });
});

describe('takesPart', () => {
  it.each([
    ['qr', 'pairing_url_sent', false],
    ['qr', 'pairing_response_received', true],
    ['qr', 'pairing_challenge_sent', true],
    ['qr', 'pairing_complete', false],
    ['push', 'unpaired', false],
    ['push', 'active', false],
    ['push', 'pairing_challenge_sent', true],
  ] as const)('a %s token in state %s that is not switched on: %s', (type, state, takes) => {
    expect(takesPart(tokenOf(type, { state }))).toBe(takes);
    expect(takesPart(tokenOf(type, { state }, true))).toBe(true);
  });
});
