import { createHash } from 'node:crypto';

import {
  type Ceremony,
  authenticatorDataProblem,
  clientDataProblem,
  originIn,
  readAuthenticatorData,
} from './ceremony.js';

const CHALLENGE = Buffer.alloc(32, 1).toString('base64url');
const GET: Ceremony = {
  type: 'webauthn.get',
  challenge: CHALLENGE,
  rpIds: ['example.com'],
  at: { rpId: 'example.com' },
  requiresUserVerification: false,
};
const encoded = (data: unknown) => Buffer.from(JSON.stringify(data)).toString('base64url');
const said = (changes: object = {}) =>
  encoded({ type: 'webauthn.get', challenge: CHALLENGE, origin: 'https://example.com', ...changes });

describe('where a browser may have been', () => {
  it.each([
    ['https://example.com', 'example.com', true],
    ['https://sso.example.com', 'example.com', true],
    ['https://sso.example.com:8443', 'example.com', true],
    ['http://example.com', 'example.com', false],
    ['https://example.com', 'sso.example.com', false],
    ['https://evilexample.com', 'example.com', false],
    ['https://example.com.evil.test', 'example.com', false],
    ['https://example.com@evil.test', 'example.com', false],
    ['https://example.com/', 'example.com', false],
    ['HTTPS://example.com', 'example.com', false],
    ['https://sso.com', 'com', false],
    ['https://sso', 'sso', true],
    ['http://localhost:5001', 'localhost', true],
    ['http://portal.localhost', 'localhost', true],
    ['http://localhost.evil.test', 'localhost', false],
    ['android:apk-key-hash:aaaa', 'example.com', false],
    ['null', 'example.com', false],
    ['', 'example.com', false],
  ])('%s, for %s: %s', (origin, rpId, isAllowed) => {
    const problem = clientDataProblem(said({ origin }), { ...GET, at: { rpId } });
    expect(problem).toBe(isAllowed ? null : 'Invalid origin in CollectedClientData.');
  });

  it('is one of a list, exactly, where there is one', () => {
    const at = { origins: ['https://one.test', 'https://other.test:444'] };
    const problem = (origin: string) => clientDataProblem(said({ origin }), { ...GET, at });
    expect(problem('https://other.test:444')).toBeNull();
    expect(problem('https://other.test')).not.toBeNull();
  });
});

describe('what a browser says', () => {
  it.each([
    [{ type: 'webauthn.create' }, 'Incorrect type in CollectedClientData.'],
    [{ challenge: 'AAAA' }, 'Wrong challenge in response.'],
    [{ challenge: '' }, 'Wrong challenge in response.'],
    [{ challenge: 1 }, 'Incorrect type in CollectedClientData.'],
    [{ crossOrigin: true }, 'Invalid origin in CollectedClientData.'],
    [{ crossOrigin: 'no' }, 'Invalid origin in CollectedClientData.'],
    [{ topOrigin: 'https://example.com' }, 'Invalid origin in CollectedClientData.'],
    [{ crossOrigin: false, somethingNew: [1] }, null],
    [{ challenge: `${CHALLENGE}=` }, null],
  ])('beside the usual %j: %s', (changes, problem) => {
    expect(clientDataProblem(said(changes), GET)).toBe(problem);
  });

  it.each(['', 'AAAA', encoded(null), encoded([]), encoded('x')])('as %j is not for us', (data) => {
    expect(clientDataProblem(data, GET)).toBe('Incorrect type in CollectedClientData.');
    expect(originIn(data)).toBe('');
  });

  it('answers no challenge that is empty', () => {
    expect(clientDataProblem(said({ challenge: '' }), { ...GET, challenge: '' })).not.toBeNull();
  });
});

describe('what an authenticator says', () => {
  const data = (flags: number, rpId = 'example.com', signCount = 7) => {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(signCount);
    return Buffer.concat([createHash('sha256').update(rpId).digest(), Buffer.of(flags), counter]);
  };

  it('is read as it is written', () => {
    expect(readAuthenticatorData(data(0x1d, 'example.com', 4_294_967_295))).toMatchObject({
      signCount: 4_294_967_295,
      isUserPresent: true,
      isUserVerified: true,
      isBackupEligible: true,
      isBackedUp: true,
    });
    for (let length = 0; length < 37; length++) {
      expect(readAuthenticatorData(data(1).subarray(0, length))).toBeNull();
    }
  });

  it.each([
    [data(0x01), false, null],
    [data(0x05), true, null],
    [data(0x01), true, 'User verification required, but User Verified flag not set.'],
    [data(0x04), false, 'User Present flag not set.'],
    [data(0x01, 'evil.test'), false, 'Wrong RP ID hash in response.'],
    [data(0x11), false, 'Backup flags contradict each other.'],
    [data(0x19), false, null],
    [Buffer.alloc(10), false, 'Authenticator data is too short.'],
  ])('%#: is compared with what was asked', (bytes, requiresUserVerification, problem) => {
    const ceremony = { ...GET, requiresUserVerification };
    expect(authenticatorDataProblem(readAuthenticatorData(bytes), ceremony)).toBe(problem);
  });

  it('may be for any one of the names that count', () => {
    const ceremony = { ...GET, rpIds: ['example.com', 'https://old.test/app-id.json'] };
    const found = readAuthenticatorData(data(1, 'https://old.test/app-id.json'));
    expect(authenticatorDataProblem(found, ceremony)).toBeNull();
  });
});
