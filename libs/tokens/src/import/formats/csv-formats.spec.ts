import { readFile } from '../../../../../test/support/clients/given-token-file.js';

const SEED = '3132333435363738393031323334353637383930';
const SEED_32 = SEED + '313233343536373839303132';
const SEED_64 = SEED_32.repeat(2);

/** What a plain line gives. */
const HOTP = {
  line: 1,
  serial: 'OATH1',
  type: 'hotp',
  seed: SEED,
  digits: 6,
  hash: 'sha1',
  stepSeconds: null,
  shiftSeconds: null,
  counter: 0,
  description: 'imported',
  owner: null,
  realm: '',
  pin: null,
};

const one = async (format: string, text: string) => {
  const { tokens, problems } = await readFile(format, text);
  expect(problems).toEqual([]);
  expect(tokens).toHaveLength(1);
  return tokens[0];
};

describe('oathcsv', () => {
  it.each([
    ['serial and seed alone', `OATH1,${SEED}`, HOTP],
    ['blanks around cells', `  OATH1 ,  ${SEED}  `, HOTP],
    ['a seed with blanks and hyphens', `OATH1, 3132 3334-3536 373839303132333435363738 3930`, HOTP],
    ['hotp', `OATH1, ${SEED}, HOTP, 8`, { ...HOTP, digits: 8 }],
    ['hmac', `OATH1, ${SEED}, hmac, 7,,sha256`, { ...HOTP, digits: 7, hash: 'sha256' }],
    ['totp', `OATH1, ${SEED}, Totp`, { ...HOTP, type: 'totp', stepSeconds: 30 }],
    [
      'totp with everything',
      `OATH1, ${SEED}, totp, 8, 60, SHA512`,
      { ...HOTP, type: 'totp', digits: 8, stepSeconds: 60, hash: 'sha512' },
    ],
    ['a seed of 32 bytes', `OATH1,${SEED_32}`, { ...HOTP, seed: SEED_32, hash: 'sha256' }],
    ['a seed of 64 bytes', `OATH1,${SEED_64}`, { ...HOTP, seed: SEED_64, hash: 'sha512' }],
    ['a hash that the length does not say', `OATH1,${SEED_32},,,,sha1`, { ...HOTP, seed: SEED_32 }],
    ['an owner', `OATH1,${SEED},,,,,anna`, { ...HOTP, owner: { login: 'anna', realm: '' } }],
    [
      'an owner of a realm',
      `OATH1,${SEED},,,,,anna,Sales`,
      { ...HOTP, owner: { login: 'anna', realm: 'Sales' } },
    ],
    ['a realm without an owner', `OATH1,${SEED},,,,,,Sales`, { ...HOTP, realm: 'sales' }],
    ['quoted cells', `"OATH1","${SEED}",,,,,"anna, b"`, { ...HOTP, owner: { login: 'anna, b', realm: '' } }],
    [
      'named columns',
      `user,seed,serial,PIN,description,counter,realm\nanna,${SEED},OATH1,12 34,"red, new",7,sales`,
      {
        ...HOTP,
        line: 2,
        owner: { login: 'anna', realm: 'sales' },
        pin: '12 34',
        description: 'red, new',
        counter: 7,
      },
    ],
    [
      'other names of columns',
      `serial,otpkey,digits,hash\nOATH1,${SEED},8,sha256`,
      { ...HOTP, line: 2, digits: 8, hash: 'sha256' },
    ],
    ['a header after comments', `# ours\n\nserial,seed\r\nOATH1,${SEED}\r\n`, { ...HOTP, line: 4 }],
    ['spass', `OATH1,${SEED},spass`, { ...HOTP, type: 'simple-pass', digits: null, hash: null }],
    [
      'a day password',
      `OATH1,1234 567 g,dpw,8`,
      {
        ...HOTP,
        type: 'day-password',
        digits: 8,
        hash: null,
        seed: Buffer.from('1234 567 g').toString('hex'),
      },
    ],
    [
      'a yubikey',
      `OATH1,${'ab'.repeat(16)},yubikey`,
      { ...HOTP, type: 'yubikey', digits: null, hash: null, seed: 'ab'.repeat(16) },
    ],
    [
      'an OCRA suite where others have the number of digits',
      `OATH1,${SEED},ocra2,OCRA-1:HOTP-SHA256-8:C-QN08`,
      { ...HOTP, type: 'ocra2', digits: null, hash: null, ocraSuite: 'OCRA-1:HOTP-SHA256-8:C-QN08' },
    ],
  ])('reads %s', async (_what, text, token) => {
    expect(await one('oathcsv', text)).toEqual(token);
  });

  it('leaves out comments, and lines without a serial or a seed, and tells of those that look like tokens', async () => {
    const lines = [
      `# a comment`,
      `#,${SEED}`,
      '',
      `#OATH9,${SEED}`,
      `,${SEED}`,
      'OATH8',
      'OATH7,',
      `OATH6,${SEED},ocra2`,
      `OATH1,${SEED}`,
    ];
    const { tokens, skipped } = await readFile('oathcsv', lines.join('\n'));
    expect(tokens.map(({ serial, line }) => [serial, line])).toEqual([['OATH1', 9]]);
    expect(skipped).toEqual([
      { line: 4, reason: 'a comment' },
      { line: 5, reason: 'there is no serial' },
      { line: 6, reason: 'there is no seed' },
      { line: 7, reason: 'there is no seed' },
      { line: 8, reason: 'there is no OCRA suite' },
    ]);
  });

  it.each([
    [`OATH1,xx${SEED}`, 'The provided token seed contains non-hexadecimal characters'],
    [`OATH1,${SEED}1`, 'Odd-length string'],
    [`OATH1,${'31'.repeat(513)}`, 'the seed is longer than 512 bytes'],
    [`OATH1,${SEED},nosuch`, "token type 'nosuch' is not supported"],
    [`OATH1,${SEED},,six`, 'otplen must be a whole number from 6 to 8'],
    [`OATH1,${SEED},,5`, 'otplen must be a whole number from 6 to 8'],
    [`OATH1,${SEED},totp,6,45`, 'timestep must be 30 or 60 seconds'],
    [`OATH1,${SEED},totp,6,sha256`, 'timestep must be a whole number from 1 to 86400'],
    [`OATH1,${SEED},totp,6,30,md5`, "unsupported hashlib 'md5': use sha1, sha256 or sha512"],
    [`${'S'.repeat(41)},${SEED}`, 'a serial has 1 to 40 characters, none of them a control character'],
    [`"OATH1,${SEED}`, 'the line is no csv: CSV_QUOTE_NOT_CLOSED'],
  ])('refuses %s', async (text, reason) => {
    expect((await readFile('oathcsv', text)).problems).toEqual([{ line: 1, reason }]);
  });

  it.each([
    ['serial,seed,colour', "there is no column 'colour': use serial, seed,"],
    ['serial,seed,secret', 'the column seed is named twice'],
  ])('refuses a header %s', async (header, reason) => {
    const { problems } = await readFile('oathcsv', `${header}\nOATH1,${SEED}`);
    expect(problems).toEqual([{ line: 1, reason: expect.stringContaining(reason) }]);
  });

  it('tells of every line that is wrong, not of the first alone', async () => {
    const { problems } = await readFile('oathcsv', `A,xx\nB,${SEED}\nC,${SEED},,9\nB,${SEED}`);
    expect(problems.map(({ line }) => line)).toEqual([1, 3, 4]);
    expect(problems[2]?.reason).toBe('the serial B stands in line 2 already');
  });

  it('names neither seeds nor PINs in what it refuses', async () => {
    const text = `serial,seed,pin,counter\nA,geheim${SEED},4711,1\nB,${SEED},4711,x\nC,"${SEED}`;
    expect(JSON.stringify(await readFile('oathcsv', text))).not.toMatch(/geheim|4711|3132/);
  });

  it('refuses a file without a token, and one with too many', async () => {
    expect((await readFile('oathcsv', 'OATH1\n')).problems).toEqual([
      {
        line: null,
        reason: 'there is no token in the file: is it of the format oathcsv? (line 1: there is no seed)',
      },
    ]);
    const many = await readFile('oathcsv', `A,${SEED}\nB,${SEED}\nC,${SEED}`, {}, 2);
    expect(many.problems).toEqual([
      { line: 3, reason: 'the file has more than 2 tokens, which is the limit' },
    ]);
  });
});

describe('yubikeycsv', () => {
  const YUBIKEY = { ...HOTP, type: 'yubikey', hash: null, seed: '9163508031b20d2ef72868a0b0a0e0d0' };
  const KEY = YUBIKEY.seed;

  it.each([
    [
      'the tool’s log of a Yubico OTP',
      `Yubico OTP,01.01.24 10:00,1,cccccccb,a1b2c3d4e5f6,${KEY},,,0,0,0,0,0,0,0,0,0,0`,
      { ...YUBIKEY, serial: 'UBAM00000001_1', digits: 40, description: 'cccccccb' },
    ],
    [
      'its log of HOTP',
      `OATH-HOTP,01.01.24 10:00,2,cccccccd,,${SEED},,,0,0,0,8,0,0,0,0,0,0`,
      { ...HOTP, serial: 'UBOM00000002_2', digits: 8, description: 'cccccccd' },
    ],
    [
      'HOTP without a length',
      `oath-hotp,x,1,cccccccd,,${SEED}`,
      { ...HOTP, serial: 'UBOM00000002_1', description: 'cccccccd' },
    ],
    [
      'Yubico’s own format',
      `1234567,vvccccdtbtrb,a1b2c3d4e5f6,${KEY},000000000000,2024-01-01T10:00:00,`,
      { ...YUBIKEY, serial: 'UBAM1234567_X', digits: 44, description: 'vvccccdtbtrb' },
    ],
    [
      'HOTP in it',
      `1234567,,0,${SEED},000000000000,2024-01-01T10:00:00,`,
      { ...HOTP, serial: 'UBOM1234567_X' },
    ],
  ])('reads %s', async (_what, text, token) => {
    expect(await one('yubikeycsv', text)).toEqual(token);
  });

  it('makes up the number of a key without a public id', async () => {
    const token = await one('yubikeycsv', `Yubico OTP,x,1,,a1b2c3d4e5f6,${KEY}`);
    expect(token?.serial).toMatch(/^UBAM\d{8,10}_1$/);
  });

  it('leaves out what is of no OTP', async () => {
    const lines = [
      'LOGGING START,01.01.24 10:00',
      `Static Password,x,1,,,${KEY},`,
      `123,abc,,${KEY},0,0`,
      `OATH-HOTP,x,1,cccccccd,,${SEED}`,
    ];
    const { tokens, skipped } = await readFile('yubikeycsv', lines.join('\n'));
    expect(tokens).toHaveLength(1);
    expect(skipped).toEqual([
      { line: 1, reason: 'there are fewer than 6 cells' },
      { line: 2, reason: 'it is of no OTP' },
      { line: 3, reason: 'there is no private id' },
    ]);
  });

  it.each([
    [`Yubico OTP,x,1,xyz,a,${KEY}`, 'the public id is no modhex'],
    [`Yubico OTP,x,,cccccccb,a,${KEY}`, 'there is no slot'],
    [`Yubico OTP,x,1,cccccccb,a,${KEY}00`, 'the AES key must have 32 hexadecimal digits'],
    [`OATH-HOTP,x,1,cccccccb,a,${SEED},,,,,,5`, 'the OTP length must be a whole number from 6 to 8'],
  ])('refuses %s', async (text, reason) => {
    expect((await readFile('yubikeycsv', text)).problems).toEqual([{ line: 1, reason }]);
  });
});

describe('dpw', () => {
  const TOKEN = { ...HOTP, type: 'day-password', serial: 'DPW001', digits: null, hash: null };

  it.each([
    ['DPW001 1234567890abcdef', '1234567890abcdef'],
    ['DPW001\t12 34  \r\n', '12 34  '],
  ])('reads %j', async (text, seed) => {
    expect(await one('dpw', text)).toEqual({ ...TOKEN, seed: Buffer.from(seed).toString('hex') });
  });

  it('leaves out other lines', async () => {
    expect((await readFile('dpw', 'DPW001 a\n\nDPW002\n DPW003 a')).skipped).toEqual([
      { line: 3, reason: 'there is no serial with a seed after it' },
      { line: 4, reason: 'there is no serial with a seed after it' },
    ]);
  });
});
