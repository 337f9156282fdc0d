import { MalformedActivationCode, activationCodeBytes, ocraKey } from './activation-code.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const counted = (count: number) => Uint8Array.from({ length: count }, (_, place) => place);
const CODE = 'AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQT00';

describe('activationCodeBytes', () => {
  it.each([
    ['as it is', CODE],
    ['in lower case', CODE.toLowerCase()],
    ['in groups', CODE.replace(/(.{4})/g, '$1-')],
    ['with O for 0 in the checksum', CODE.replace(/00$/, 'OO')],
    ['with 0 for O in the letters', CODE.replaceAll('O', '0')],
    ['with blanks around it', ` ${CODE}\n`],
  ])('reads a code %s', (_how, code) => {
    expect(hex(activationCodeBytes(code))).toBe(hex(counted(20)));
  });

  it('reads the code of another vector', () => {
    expect(Buffer.from(activationCodeBytes('GAYTEMZUGU3DOOBZMFRGGZDFMZTWQ2LK0A')).toString()).toBe(
      '0123456789abcdefghij',
    );
  });

  it.each([
    ['a wrong checksum', CODE.replace(/00$/, '01'), 'checksum error'],
    ['a checksum that is none', CODE.replace(/00$/, 'G0'), 'checksum error'],
    ['one letter changed', CODE.replace(/^A/, 'B'), 'checksum error'],
    ['no letter of base32', CODE.replace(/^A/, '1'), 'decoding'],
    ['too few letters', CODE.slice(2), 'decoding'],
    ['too many', `AA${CODE}`, 'decoding'],
    ['nothing', '', 'decoding'],
  ])('refuses %s, and does not repeat it', (_how, code, message) => {
    expect(() => activationCodeBytes(code)).toThrow(MalformedActivationCode);
    expect(() => activationCodeBytes(code)).toThrow(message);
    if (code !== '') expect(() => activationCodeBytes(code)).not.toThrow(code);
  });
});

describe('ocraKey', () => {
  it.each([
    {
      sharedSecret: Buffer.alloc(20, 0xaa),
      code: CODE,
      nonce: counted(64),
      key: 'd07bb84269e6c4bfaa53a6c7264703ae1b9e98e89deb20bc3ddaa8fb93b6ba38',
    },
    {
      sharedSecret: Buffer.from('12345678901234567890'),
      code: 'GAYTEMZUGU3DOOBZMFRGGZDFMZTWQ2LK0A',
      nonce: Buffer.from(
        '0dacfa69fb6e61485f10ff0cc13af8125300b94a5c10e552a3f98544ec92e3c0' +
          '1bc45135d5fb8327c8688260bfd8c2a7f2efc0376d6c32482f4388f847404a6b',
        'hex',
      ),
      key: '4c4d2cf66421d4607aec585f2fd0df64ded732e2f0e8f7f4ad839d8bd30ccd2c',
    },
  ])('gives the key of the vector with code $code', async ({ sharedSecret, code, nonce, key }) => {
    expect(hex(await ocraKey(sharedSecret, activationCodeBytes(code), nonce))).toBe(key);
  });
});
