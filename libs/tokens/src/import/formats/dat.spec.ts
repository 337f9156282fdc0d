import { readFile } from '../../../../../test/support/clients/given-token-file.js';
import { parseStartDate } from './dat.js';

const SEED = '3132333435363738393031323334353637383930';
const RECORD = `dn: sccAuthenticatorId=ET0001
objectclass: sccCompatibleToken
sccAuthenticatorId: ET0001
sccTokenType: eToken-PASS-TS
sccTokenData: sccKey=${SEED};sccMode=T;sccPwLen=6;sccTick=30;sccPrTime=2013/03/12 00:00:00;crypto=HmacSHA256;
sccSignature: AAAA
`;

const read = async (text: string) => {
  const { tokens, problems } = await readFile('dat', text);
  expect(problems).toEqual([]);
  return tokens;
};

describe('dat', () => {
  it('reads a record', async () => {
    expect(await read(RECORD)).toEqual([
      {
        line: 1,
        serial: 'ET0001',
        type: 'totp',
        seed: SEED,
        digits: 6,
        hash: 'sha256',
        stepSeconds: 30,
        shiftSeconds: -946_684_800,
        counter: 0,
        description: 'eToken-PASS-TS 2013/03/12 00:00:00',
        owner: null,
        realm: '',
        pin: null,
      },
    ]);
  });

  it('reads several, between comments and with what follows a #', async () => {
    const other = `sccAuthenticatorId: ET0002 # the second\nsccMode: E\nsccKey: ${SEED}\n`;
    const tokens = await read(`# a file\n\n${RECORD}\n\n# more\n${other}`);
    expect(
      tokens.map(({ serial, line, type, digits, shiftSeconds }) => ({
        serial,
        line,
        type,
        digits,
        shiftSeconds,
      })),
    ).toEqual([
      { serial: 'ET0001', line: 3, type: 'totp', digits: 6, shiftSeconds: -946_684_800 },
      { serial: 'ET0002', line: 12, type: 'hotp', digits: null, shiftSeconds: null },
    ]);
  });

  it('leaves out records of no token', async () => {
    expect((await readFile('dat', `version: 1\n\n${RECORD}`)).skipped).toEqual([
      { line: 1, reason: 'it is of no token' },
    ]);
  });

  it.each([
    ['no mode', RECORD.replace('sccMode=T;', ''), 1, 'there is no sccMode of ET0001'],
    ['no serial', RECORD.replace('sccAuthenticatorId: ET0001\n', ''), 1, 'there is no sccAuthenticatorId'],
    ['no seed', RECORD.replace(`sccKey=${SEED};`, ''), 1, 'there is no seed'],
    ['two seeds', RECORD.replace('sccMode', `sccKey=31;sccMode`), 5, 'sccKey is there twice'],
    ['two comments', RECORD.replace('AAAA', 'AAAA # a # b'), 6, 'there are two # in the line'],
    [
      'a line that says nothing',
      RECORD.replace(': AAAA', ' AAAA'),
      6,
      "there is no ':' after the name of a value",
    ],
    [
      'another hash',
      RECORD.replace('HmacSHA256', 'HmacMD5'),
      1,
      'crypto is none of HmacSHA1, HmacSHA256, HmacSHA512',
    ],
    [
      'another length',
      RECORD.replace('sccPwLen=6', 'sccPwLen=20'),
      1,
      'sccPwLen must be a whole number from 6 to 8',
    ],
  ])('refuses %s', async (_what, text, line, reason) => {
    expect((await readFile('dat', text)).problems).toEqual([{ line, reason }]);
  });
});

describe('a start date', () => {
  it.each([
    ['12.3.2013', [2013, 2, 12]],
    ['12.03.2013+7:05', [2013, 2, 12, 7, 5]],
    ['12.3.2013 07:05', [2013, 2, 12, 7, 5]],
    ['12.3.2013 07:05:09', [2013, 2, 12, 7, 5, 9]],
    ['2013-03-12', [2013, 2, 12]],
    ['2013-3-12+07:05', [2013, 2, 12, 7, 5]],
    ['2013-03-12 07:05:09', [2013, 2, 12, 7, 5, 9]],
  ] as const)('is %s', (text, [year, month, day, hour = 0, minute = 0, second = 0]) => {
    expect(parseStartDate(text)).toEqual(new Date(year, month, day, hour, minute, second));
  });

  it.each([
    '',
    '2013',
    '31.2.2013',
    '1.13.2013',
    '2013-01-01 25:00',
    '2013-01-01 1:60',
    '2013-01-01T00:00',
    '1.1.13',
  ])('is not %s', (text) => {
    expect(parseStartDate(text)).toBeNull();
  });
});
