import { setImmediate } from 'node:timers/promises';

import { PLAIN_FILE } from '../../../../test/support/clients/given-token-file.js';
import { U2fDevice, shownTokens, shownU2f } from '../../../../test/support/clients/u2f-device.js';
import { oathCsv } from './formats/oath-csv.js';
import { TOKEN_FILE_FORMATS, tokenFileFormat } from './formats.js';
import { TokenFileRefused } from './import.errors.js';
import { readTokenFile } from './read-token-file.js';
import { tokenFileText } from './token-file-text.js';

const SEED = '3132333435363738393031323334353637383930';
const KEY = '9163508031b20d2ef72868a0b0a0e0d0';
const PSKC_KEY = (serial: string) =>
  `<KeyPackage><DeviceInfo><SerialNo>${serial}</SerialNo></DeviceInfo><Key Id="1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp"><AlgorithmParameters><Suite>HMAC-SHA1</Suite><ResponseFormat Length="6" Encoding="DECIMAL"/></AlgorithmParameters><Data><Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret><Counter><PlainValue>1</PlainValue></Counter></Data></Key></KeyPackage>`;
const FEITIAN_KEY = (serial: string) =>
  `<Device><Key KeyAlgorithm="http://x#totp" KeyId="${serial}"><AlgorithmParameters><ResponseFormat Length="6"/></AlgorithmParameters><Data><Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret></Data></Key></Device>`;
const ETOKEN = (serial: string) =>
  `<Token serial="${serial}"><Applications><Application><Seed>${SEED}</Seed><MovingFactor>1</MovingFactor></Application></Applications></Token>`;

/** Files of three tokens each. */
const SOUND: Readonly<Record<string, string>> = {
  oathcsv: `serial,seed,type,user\nA,${SEED},hotp,anna\n"B",${SEED},totp,\nC,${SEED},,\n`,
  yubikeycsv: `Yubico OTP,x,1,cccccccb,a1b2c3d4e5f6,${KEY}\nOATH-HOTP,x,2,cccccccd,,${SEED}\n12345,vv,a1b2,${KEY},0,0,\n`,
  dpw: `DPW1 1234567890\nDPW2 abcdef\nDPW3 x y z\n`,
  dat: ['A', 'B', 'C']
    .map(
      (serial) =>
        `sccAuthenticatorId: ${serial}\nsccTokenData: sccKey=${SEED};sccMode=T;sccPwLen=6;crypto=HmacSHA256\n`,
    )
    .join('\n'),
  pskc: `<?xml version="1.0"?><KeyContainer xmlns="urn:ietf:params:xml:ns:keyprov:pskc">${['A', 'B', 'C'].map(PSKC_KEY).join('\n')}</KeyContainer>`,
  feitian: `<KeyContainer xmlns="x">${['A', 'B', 'C'].map(FEITIAN_KEY).join('\n')}</KeyContainer>`,
  u2f: shownTokens(['A', 'B', 'C'].map((serial) => shownU2f(serial, new U2fDevice()))),
  'aladdin-xml': `<Tokens>${['A', 'B', 'C'].map(ETOKEN).join('\n')}</Tokens>`,
};

/** The same numbers in every run (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** How many tokens it holds, or `null` for a file that is refused; anything else is a fault. */
async function tokensIn(name: string, bytes: Uint8Array): Promise<number | null> {
  const format = tokenFileFormat(name);
  if (!format) throw new Error(`no format ${name}`);
  try {
    const { tokens } = await readTokenFile(format, tokenFileText(bytes), PLAIN_FILE, 100);
    return tokens.length;
  } catch (error) {
    if (!(error instanceof TokenFileRefused)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    expect(error.message).not.toContain(SEED);
    return null;
  }
}

describe.each(TOKEN_FILE_FORMATS.map(({ name }) => name))('%s', (name) => {
  const sound = Buffer.from(SOUND[name] ?? '', 'utf8');

  it('is whole', async () => {
    expect(await tokensIn(name, sound)).toBe(3);
  });

  it('is refused, or read for what it says, when bytes of it are others', async () => {
    const random = randomOf(20_260_102);
    for (let round = 0; round < 300; round++) {
      const bytes = Buffer.from(sound);
      for (let change = random(4); change >= 0; change--) bytes[random(bytes.length)] = random(256);
      const count = await tokensIn(name, bytes);
      expect(count === null || count <= 6).toBe(true);
    }
  });

  it('is refused, or read for what it says, when pieces of it are missing or there twice', async () => {
    const random = randomOf(7);
    for (let round = 0; round < 200; round++) {
      const [start, length] = [random(sound.length), random(60)];
      const piece = sound.subarray(start, start + length);
      const rest = random(2) === 0 ? [] : [piece, piece];
      await tokensIn(
        name,
        Buffer.concat([sound.subarray(0, start), ...rest, sound.subarray(start + length)]),
      );
    }
  });

  it('is refused when it is noise', async () => {
    const random = randomOf(99);
    for (let round = 0; round < 100; round++) {
      const noise = Buffer.from(Array.from({ length: random(400) }, () => random(256)));
      const text = Buffer.from(Array.from({ length: random(400) }, () => 32 + random(95)));
      expect(await tokensIn(name, noise)).toBeNull();
      // A day password is any two words.
      if (name !== 'dpw') expect(await tokensIn(name, text)).toBeNull();
    }
  });
});

describe.each(['pskc', 'feitian', 'aladdin-xml'])('%s', (name) => {
  it('is refused wherever it is cut off', async () => {
    const sound = Buffer.from(SOUND[name] ?? '', 'utf8');
    for (let length = 0; length < sound.length; length += 7) {
      expect(await tokensIn(name, sound.subarray(0, length))).toBeNull();
    }
  });
});

describe('a large file without a token', () => {
  // On a machine that does much else.
  const READ_WITHIN_MS = 120_000;
  const MANY = 200_000;

  it.each([
    ['aladdin-xml', `<Tokens>${'<a/>'.repeat(MANY)}</Tokens>`],
    ['pskc', `<KeyContainer>${'<a/>'.repeat(MANY)}</KeyContainer>`],
    ['oathcsv', '\n'.repeat(MANY)],
    ['yubikeycsv', '\n'.repeat(MANY)],
    ['dpw', '\n'.repeat(MANY)],
    ['dat', '#\n'.repeat(MANY)],
  ])(
    'of the format %s lets others go on while it is read',
    async (name, text) => {
      let turns = 0;
      const state = { isRead: false };
      const reading = tokensIn(name, Buffer.from(text)).finally(() => {
        state.isRead = true;
      });
      while (!state.isRead) {
        turns++;
        await setImmediate();
      }
      await expect(reading).resolves.toBeNull();
      expect(turns).toBeGreaterThan(10);
    },
    READ_WITHIN_MS,
  );
});

describe('what a refusal shows of a file', () => {
  it.each([
    ['a seed', SEED],
    ['a seed in groups of four', SEED.replaceAll(/(.{4})/g, '$1 ')],
    ['a seed in groups of two', SEED.replaceAll(/(.{2})/g, '$1-')],
  ])('is not %s in the wrong column', async (_, seed) => {
    const refused = readTokenFile(oathCsv, `A,${seed},${seed}\n`, PLAIN_FILE, 100);
    await expect(refused).rejects.toThrow(/token type '(?!31)/);
  });
});
