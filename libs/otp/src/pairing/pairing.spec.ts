import { readFileSync } from 'node:fs';

import { cmac, openEax, sealEax } from './aes-eax.js';
import {
  agreed,
  agreementPublic,
  agreementPublicOf,
  agreementSecretOf,
  signaturePublic,
} from './curve25519.js';
import { openPairing, sealedPairing } from './pairing-response.js';
import { pairingUrl } from './pairing-url.js';
import { PartitionKey } from './partition-key.js';
import { isPushAnswer, pushChallenge } from './push-challenge.js';
import { qrChallenge, qrSignature, tanOf } from './qr-challenge.js';
import { transactionNumber } from './wire.js';

const vectors = JSON.parse(
  readFileSync(new URL('../../../../test/vectors/pairing.json', import.meta.url), 'utf8'),
);
const hex = (text: string) => Buffer.from(text, 'hex');
const { server, qr, push, installation } = vectors;
const KEY = new PartitionKey(0, hex(server.seedHex));

describe('keys (RFC 7748, RFC 8032)', () => {
  it.each([
    [server.seedHex, server.publicKeyHex, server.agreementSecretHex, server.agreementPublicHex],
    [
      installation.partition.secretKeyHex.slice(0, 64),
      installation.partition.publicKeyHex,
      installation.partition.x25519SecretHex,
      installation.partition.x25519PublicHex,
    ],
  ])('derives those of the seed %s', (seed, signing, secret, agreement) => {
    expect(signaturePublic(hex(seed)).toString('hex')).toBe(signing);
    expect(agreementSecretOf(hex(seed)).toString('hex')).toBe(secret);
    expect(agreementPublicOf(hex(signing)).toString('hex')).toBe(agreement);
    expect(agreementPublic(hex(secret)).toString('hex')).toBe(agreement);
  });

  it('agrees on the secret that a device knows', () => {
    const { qrUser, secretKeyHex } = installation.partition;
    const key = new PartitionKey(0, hex(secretKeyHex.slice(0, 64)));
    expect(key.agreedWith(hex(qrUser.publicHex)).toString('hex')).toBe(qrUser.sharedServerHmacSecretHex);
  });

  it('agrees on nothing with a point of small order', () => {
    expect(() => agreed(hex(server.agreementSecretHex), Buffer.alloc(32))).toThrow();
    expect(() => agreementPublicOf(hex(`01${'00'.repeat(31)}`))).toThrow('no X25519 form');
  });

  it('shows no secret of the server', () => {
    expect(JSON.stringify({ KEY })).toBe('{"KEY":"[key of partition 0]"}');
  });
});

describe('AES-CMAC (RFC 4493 §4)', () => {
  const key = hex('2b7e151628aed2a6abf7158809cf4f3c');
  const message = hex(
    '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710',
  );

  it.each([
    [0, 'bb1d6929e95937287fa37d129b756746'],
    [16, '070a16b46b4d4144f79bdd9dd04a287c'],
    [40, 'dfa66747de9ae63030ca32611497c827'],
    [64, '51f0bebf7e3b9d92fc49741779363cfe'],
  ])('of %i bytes', (length, mac) => {
    expect(cmac(key, message.subarray(0, length)).toString('hex')).toBe(mac);
  });
});

describe('AES-EAX (Bellare, Rogaway, Wagner, appendix)', () => {
  const rows = [
    [
      '',
      '233952dee4d5ed5f9b9c6d6ff80ff478',
      '62ec67f9c3a4a407fcb2a8c49031a8b3',
      '6bfb914fd07eae6b',
      'e037830e8389f27b025a2d6527e79d01',
    ],
    [
      'f7fb',
      '91945d3f4dcbee0bf45ef52255f095a4',
      'becaf043b0a23d843194ba972c66debd',
      'fa3bfd4806eb53fa',
      '19dd5c4c9331049d0bdab0277408f67967e5',
    ],
  ] as const;

  it.each(rows)('of "%s"', (message, key, nonce, header, sealed) => {
    expect(sealEax(hex(key), hex(nonce), hex(header), hex(message)).toString('hex')).toBe(sealed);
    expect(openEax(hex(key), hex(nonce), hex(header), hex(sealed))?.toString('hex')).toBe(message);
  });

  it('opens nothing that was changed', () => {
    const [, [, key, nonce, header, sealed]] = rows;
    for (let bit = 0; bit < sealed.length * 4; bit++) {
      const changed = hex(sealed);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(openEax(hex(key), hex(nonce), hex(header), changed)).toBeNull();
    }
    expect(openEax(hex(key), hex(nonce), hex('00'), hex(sealed))).toBeNull();
    expect(openEax(hex(key), hex(nonce), hex(header), hex('00'))).toBeNull();
  });
});

describe('the pairing URL (spec/token-types §17.1)', () => {
  const invitation = { partition: 0, publicKey: KEY.publicKey, callbackSms: '', digits: null };

  it('is that of the vectors', () => {
    const { url: ofQr, ...saidOfQr } = qr.pairing;
    expect(pairingUrl('lseqr', { ...invitation, ...saidOfQr, type: 'qr' })).toBe(ofQr);
    const { url: ofPush, ...saidOfPush } = push.pairing;
    expect(pairingUrl('lseqr', { ...invitation, ...saidOfPush, type: 'push' })).toBe(ofPush);
  });

  it('has another scheme, partition and number where it is told', () => {
    const said = { type: 'qr', serial: 'S', callbackUrl: '', callbackSms: '+49' } as const;
    const url = pairingUrl('other', { ...invitation, ...said, partition: 258, digits: 6 });
    expect(url.startsWith('other://pair/')).toBe(true);
    const bytes = Buffer.from(url.slice('other://pair/'.length), 'base64url');
    expect(bytes.subarray(0, 10).toString('hex')).toBe('02021b00000002010000');
    expect(bytes.subarray(42).toString('latin1')).toBe('S\0+49\0\x06');
  });

  it.each([5, 13])('has no room for %i digits', (digits) => {
    const said = { type: 'qr', serial: 'S', callbackUrl: 'u' } as const;
    expect(() => pairingUrl('lseqr', { ...invitation, ...said, digits })).toThrow('6..12');
  });
});

describe('the pairing response (spec/token-types §17.2)', () => {
  const opened = (text: string, key = KEY) => openPairing(sealedPairing(text), key);

  it('says what those of the vectors say', () => {
    expect(opened(qr.pairing.response)).toEqual({
      type: 'qr',
      tokenNumber: 7,
      publicKey: hex(qr.device.publicKeyHex),
      serial: 'LSQR00011A2B',
      login: 'alice',
      address: '',
    });
    expect(opened(push.pairing.response)).toEqual({
      type: 'push',
      tokenNumber: 9,
      publicKey: hex(push.device.publicKeyHex),
      serial: 'KIPT00011A2B',
      login: 'alice',
      address: 'dev-address-1',
    });
    const { pairingResponseQr, partition } = installation;
    const other = new PartitionKey(0, hex(partition.secretKeyHex.slice(0, 64)));
    expect(opened(pairingResponseQr.encoded, other)).toMatchObject({
      tokenNumber: 4711,
      publicKey: hex(partition.qrUser.publicHex),
      serial: 'QR1',
      login: 'alice',
    });
  });

  it('may be padded', () => {
    expect(opened(`${qr.pairing.response}==`)).toMatchObject({ serial: 'LSQR00011A2B' });
  });

  it('opens with no other key', () => {
    const other = new PartitionKey(0, Buffer.alloc(32, 9));
    expect(() => opened(qr.pairing.response, other)).toThrow('Malformed pairing response');
  });

  it('opens only as it was sealed', () => {
    const bytes = Buffer.from(push.pairing.response, 'base64url');
    for (const at of [1, 4, 5, 36, 37, 100, bytes.length - 17, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => opened(changed.toString('base64url'))).toThrow('Malformed pairing response');
    }
    for (const length of [0, 1, 36, 52, 53, bytes.length - 1]) {
      expect(() => opened(bytes.subarray(0, length).toString('base64url'))).toThrow('Malformed');
    }
    expect(() => opened(`${push.pairing.response}AA`)).toThrow('Malformed');
  });

  it('is of this version alone, and Base64', () => {
    const bytes = Buffer.from(qr.pairing.response, 'base64url');
    bytes[0] = 2;
    expect(() => sealedPairing(bytes.toString('base64url'))).toThrow(
      'Unexpected pair-response version, expected: 1, got: 2',
    );
    expect(() => sealedPairing(`${qr.pairing.response}!`)).toThrow('Malformed pairing response');
    expect(() => sealedPairing('A'.repeat(9_000))).toThrow('Malformed pairing response');
  });
});

describe('the challenge of a qr token (spec/token-types §18.2)', () => {
  const ephemeral = hex(qr.ephemeralHex);
  const device = { tokenNumber: qr.device.tokenNumber, publicKey: hex(qr.device.publicKeyHex) };
  const made = (isPairing: boolean, text: string) =>
    qrChallenge(
      {
        contentType: isPairing ? 1 : 0,
        text,
        callbackUrl: qr.callbackUrl,
        callbackSms: '',
        isPairing,
      },
      qr.transaction,
      device,
      ephemeral,
      KEY,
    );

  it.each([
    { isPairing: false, vector: qr.free },
    { isPairing: true, vector: qr.pairingChallenge },
  ])('is that of the vectors: $vector.text', ({ isPairing, vector }) => {
    const challenge = made(isPairing, vector.text);
    expect(`lseqr://chal/${challenge}`).toBe(vector.url);
    const signed = qrSignature(challenge, ephemeral, device.publicKey);
    expect(signed?.toString('base64url')).toBe(vector.signature);
    expect(signed && tanOf(signed, 8)).toBe(vector.tan);
  });

  it('has no signature where it was made for another device, or from another secret', () => {
    const challenge = made(false, 'x');
    const other = agreementPublic(Buffer.alloc(32, 0x12));
    expect(qrSignature(challenge, ephemeral, other)).toBeNull();
    expect(qrSignature(challenge, Buffer.alloc(32, 0x34), device.publicKey)).toBeNull();
    expect(qrSignature('', ephemeral, device.publicKey)).toBeNull();
  });

  it('shortens signatures to TANs as OTPs are', () => {
    const { signatureHex, tan8, tan6 } = installation.extractTan;
    expect([tanOf(hex(signatureHex), 8), tanOf(hex(signatureHex), 6)]).toEqual([tan8, tan6]);
  });
});

describe('the challenge of a push token (spec/token-types §19.2)', () => {
  const ephemeral = hex(push.ephemeralHex);
  const device = { tokenNumber: push.device.tokenNumber, publicKey: hex(push.device.publicKeyHex) };
  const made = (contentType: number, texts: readonly string[]) =>
    pushChallenge({ contentType, texts, time: push.time }, push.transaction, device, ephemeral, KEY);
  const answers = (challenge: string, answer: 'accept' | 'reject', given: string) =>
    isPushAnswer(challenge, ephemeral, device.publicKey, answer, given);
  const signRequest = () => made(0, [push.signRequest.text, push.callbackUrl]);

  it('is that of the vectors', () => {
    expect(agreementPublicOf(device.publicKey).toString('hex')).toBe(push.device.agreementPublicHex);
    expect(`lseqr://push/${signRequest()}`).toBe(push.signRequest.url);
  });

  it('is accepted and rejected as the vectors say', () => {
    const { accept, reject } = push.signRequest;
    expect(answers(signRequest(), 'accept', accept)).toBe(true);
    expect(answers(signRequest(), 'reject', reject)).toBe(true);
    const { user, host, accept: loggedIn } = push.login;
    expect(answers(made(2, [user, host, push.callbackUrl]), 'accept', loggedIn)).toBe(true);
  });

  it('takes neither for the other, nor for another challenge', () => {
    const { accept, reject } = push.signRequest;
    expect(answers(signRequest(), 'accept', reject)).toBe(false);
    expect(answers(signRequest(), 'reject', accept)).toBe(false);
    expect(answers(made(0, ['Pay 99 EUR', push.callbackUrl]), 'accept', accept)).toBe(false);
    for (const given of ['', 'x', `${accept}AA`, accept.slice(2), `${accept.slice(0, -1)}!`]) {
      expect(answers(signRequest(), 'accept', given)).toBe(false);
    }
  });
});

describe('transactionNumber (spec/validate-api §3.2)', () => {
  it.each([
    ['49384', 4_938_400n],
    ['213123.39', 21_312_339n],
    ['12345678901234567', 1_234_567_890_123_456_700n],
    ['12345678901234.01', 1_234_567_890_123_401n],
  ])('%s is %i', (id, number) => {
    expect(transactionNumber(id)).toBe(number);
  });
});
