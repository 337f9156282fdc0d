import { readFileSync } from 'node:fs';

import { isQuestionOf, ocra, ocraMessage } from './ocra.js';
import { parseOcraSuite } from './ocra-suite.js';

interface OcraGroup {
  readonly kind: string;
  readonly reference: string;
  readonly suite: string;
  readonly keyHex: string;
  readonly vectors: readonly {
    readonly question: string;
    readonly counter?: number;
    readonly pin?: string;
    readonly timeSteps?: string | number;
    readonly messageHex: string;
    readonly otp: string;
  }[];
}

const { groups } = (
  JSON.parse(readFileSync(new URL('../../../../test/vectors/otp.json', import.meta.url), 'utf8')) as {
    readonly ocra: { readonly groups: readonly OcraGroup[] };
  }
).ocra;
const cases = groups.flatMap(({ vectors, ...group }) =>
  vectors.map(({ timeSteps, pin, ...vector }) => ({
    ...group,
    ...vector,
    input: {
      question: vector.question,
      ...(vector.counter !== undefined && { counter: vector.counter }),
      ...(pin !== undefined && { pin: Buffer.from(pin) }),
      ...(timeSteps !== undefined && { timeStep: Number(timeSteps) }),
    },
  })),
);
const KEY_32 = Buffer.from('12345678901234567890123456789012');

describe('ocra', () => {
  it('has the vectors of RFC 6287 to be checked with', () => {
    expect(groups).toHaveLength(11);
    expect(cases).toHaveLength(70);
  });

  it.each(cases)(
    'gives $otp for $suite, question $question ($kind)',
    ({ suite, keyHex, input, otp, messageHex }) => {
      const parsed = parseOcraSuite(suite);
      expect(ocraMessage(parsed, input).toString('hex')).toBe(messageHex);
      expect(ocra(parsed, Buffer.from(keyHex, 'hex'), input)).toBe(otp);
    },
  );

  // spec/token-types §16.1
  it.each([
    ['OCRA-1:HOTP-SHA256-8:C-QN08', '12345678', 0, '02326602'],
    ['OCRA-1:HOTP-SHA256-8:C-QN08', '12345678', 1, '96023111'],
    ['OCRA-1:HOTP-SHA256-8:C-QN08', '12345678', 2, '62779302'],
    ['OCRA-1:HOTP-SHA256-8:C-QA64', 'abcDEF123', 0, '58012775'],
  ])('gives for %s, question %s and counter %d: %s', (suite, question, counter, otp) => {
    expect(ocra(parseOcraSuite(suite), KEY_32, { question, counter })).toBe(otp);
  });

  it('gives all of the 31 bits where the suite does not truncate', () => {
    const whole = ocra(parseOcraSuite('OCRA-1:HOTP-SHA256-0:QN08'), KEY_32, { question: '12345678' });
    expect(whole).toMatch(/^(0|[1-9]\d{0,9})$/);
  });

  it('hashes the suite as it is written', () => {
    const of = (suite: string) => ocraMessage(parseOcraSuite(suite), { question: 'ab' }).toString('latin1');
    expect(of('ocra-1:hotp-sha1-6:qh04')).toMatch(/^ocra-1:hotp-sha1-6:qh04\0/);
  });

  it('takes the inputs in one order, whatever that of the suite', () => {
    const inputs = {
      question: '12345678',
      counter: 1,
      pin: Buffer.from('1234'),
      session: Buffer.from('abc'),
      timeStep: 2,
    };
    const [ordered, other] = ['C-QN08-PSHA1-S064-T1M', 'T1M-S064-PSHA1-QN08-C'].map((data) =>
      ocraMessage(parseOcraSuite(`OCRA-1:HOTP-SHA1-6:${data}`), inputs)
        .toString('hex')
        .slice(-2 * 228),
    );
    expect(ordered).toBe(other);
    // The counter, the question, the hashed PIN, the session filled up on its left, the time step.
    expect(ordered).toBe(
      [
        '0000000000000001',
        `bc614e${'00'.repeat(125)}`,
        '7110eda4d09e062aa5e4a390b0a572ac0d2c0220',
        `${'00'.repeat(61)}616263`,
        '0000000000000002',
      ].join(''),
    );
  });

  it.each([
    ['QN08', 'a', 'the question is none of QN'],
    ['QN08', '', 'the question is none of QN'],
    ['QH08', 'xy', 'the question is none of QH'],
    ['QA08', 'ä', 'the question is none of QA'],
    ['QA64', 'a'.repeat(129), 'the question is too long'],
    ['C-QN08', '1', 'the suite asks for a counter'],
    ['QN08-T', '1', 'the suite asks for a time step'],
    ['QN08-P', '1', 'the suite asks for a PIN'],
  ])('computes nothing for %s and the question %j: %s', (data, question, message) => {
    expect(() => ocra(parseOcraSuite(`OCRA-1:HOTP-SHA1-6:${data}`), KEY_32, { question })).toThrow(message);
  });

  it('computes nothing over a session that is too long', () => {
    const suite = parseOcraSuite('OCRA-1:HOTP-SHA1-6:QN08-S064');
    expect(() => ocra(suite, KEY_32, { question: '1', session: Buffer.alloc(65) })).toThrow('64 bytes');
  });
});

describe('isQuestionOf', () => {
  it.each([
    ['QN08', '12345678', true],
    ['QN08', '1', true],
    ['QN08', '123456789', false],
    ['QN08', '1234567a', false],
    ['QN08', '', false],
    ['QA08', 'aB3', true],
    ['QA08', 'a b', false],
    ['QH08', 'aF09', true],
    ['QH08', 'aG', false],
  ])('of %s, %j: %s', (data, text, expected) => {
    expect(isQuestionOf(parseOcraSuite(`OCRA-1:HOTP-SHA1-6:${data}`), text)).toBe(expected);
  });
});
