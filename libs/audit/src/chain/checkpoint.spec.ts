import { generateKeyPairSync, sign } from 'node:crypto';

import {
  type Checkpoint,
  checkpointMessage,
  formatCheckpoint,
  parseCheckpoint,
  readHead,
} from './checkpoint.js';
import { formatPublicKeys, keyId, parsePublicKeys, signedByAnyOf } from './public-keys.js';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');
const KEY = { id: keyId(publicKey), key: publicKey };
const isSigned = signedByAnyOf([KEY]);

const UNSIGNED = {
  at: new Date('2026-01-02T03:04:05.678Z'),
  keyId: KEY.id,
  heads: [
    { lane: '4711', sequence: 17, chain: Buffer.alloc(32, 1) },
    { lane: '4712', sequence: 3, chain: Buffer.alloc(32, 2) },
  ],
};
const CHECKPOINT: Checkpoint = {
  ...UNSIGNED,
  signature: sign(null, checkpointMessage(UNSIGNED), privateKey),
};

describe('a checkpoint', () => {
  const text = formatCheckpoint(CHECKPOINT);

  it('is the same when it is read again', () => {
    expect(parseCheckpoint(text, isSigned)).toEqual(CHECKPOINT);
  });

  it.each([
    ['its time', text.replace('05.678Z', '05.679Z')],
    ['its key', text.replace(KEY.id, '0000000000000000')],
    ['a lane', text.replace('4711', '4713')],
    ['a sequence', text.replace('17', '16')],
    ['a chain value', text.replace('0101', '0102')],
    ['a lane left out', text.replace(/\{[^{}]*4711[^{}]*\},/, '')],
    [
      'its signature',
      text.replace(/"signature": "(.)/, (_all, first) => `"signature": "${first === 'A' ? 'B' : 'A'}`),
    ],
  ])('is refused with %s changed', (_what, changed) => {
    expect(changed).not.toBe(text);
    expect(() => parseCheckpoint(changed, isSigned)).toThrow('its signature does not fit');
  });

  it('is refused when somebody else signed it', () => {
    const signature = sign(null, checkpointMessage(UNSIGNED), stranger.privateKey);
    expect(() => parseCheckpoint(formatCheckpoint({ ...CHECKPOINT, signature }), isSigned)).toThrow(KEY.id);
  });

  it.each([
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    ['another format', text.replace('checkpoint-1', 'checkpoint-2')],
    ['a sequence below 0', text.replace(': 17', ': -17')],
  ])('is none of %s', (_what, other) => {
    expect(() => parseCheckpoint(other, isSigned)).toThrow('not of the format twinlock-audit-checkpoint-1');
  });

  it.each([null, 1, {}, { lane: 1, sequence: 1, chain: '' }, { lane: '1', sequence: 1.5, chain: 'ab' }])(
    'has no head that is %j',
    (value) => {
      expect(readHead(value)).toBeNull();
    },
  );
});

describe('public keys', () => {
  it('are the same when they are read again, also from PEM alone', () => {
    const keys = [KEY, { id: keyId(stranger.publicKey), key: stranger.publicKey }];
    expect(parsePublicKeys(formatPublicKeys(keys)).map(({ id }) => id)).toEqual(keys.map(({ id }) => id));
    const pem = keys.map(({ key }) => key.export({ format: 'pem', type: 'spki' })).join('');
    expect(parsePublicKeys(pem).map(({ id }) => id)).toEqual(keys.map(({ id }) => id));
  });

  it('verify what any of them signed', () => {
    const message = Buffer.from('x');
    const both = signedByAnyOf([{ id: '', key: stranger.publicKey }, KEY]);
    expect(both(message, sign(null, message, privateKey))).toBe(true);
    expect(both(message, sign(null, message, stranger.privateKey))).toBe(true);
    expect(isSigned(message, sign(null, message, stranger.privateKey))).toBe(false);
    expect(both(message, Buffer.alloc(0))).toBe(false);
  });

  it.each([
    ['nothing', '', 'no public key'],
    ['half an object', '{', 'no JSON'],
    ['another format', '{"format":"x","keys":[]}', 'not of the format'],
    ['a key without its text', '{"format":"twinlock-audit-keys-1","keys":[{"id":"x"}]}', 'no public key'],
    ['what is no key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----', 'cannot be read'],
    [
      'a key of another kind',
      generateKeyPairSync('ec', { namedCurve: 'P-256' })
        .publicKey.export({ format: 'pem', type: 'spki' })
        .toString(),
      'of another kind',
    ],
  ])('are not in %s', (_what, text, problem) => {
    expect(() => parsePublicKeys(text)).toThrow(problem);
  });
});
