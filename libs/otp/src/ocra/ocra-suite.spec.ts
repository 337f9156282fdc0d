import fc from 'fast-check';

import { MalformedSuite, parseOcraSuite } from './ocra-suite.js';

const RUNS = 3_000;

describe('parseOcraSuite', () => {
  it('reads every part', () => {
    expect(parseOcraSuite('OCRA-1:HOTP-SHA512-8:C-QH40-PSHA256-S128-T1H30M')).toEqual({
      text: 'OCRA-1:HOTP-SHA512-8:C-QH40-PSHA256-S128-T1H30M',
      hash: 'sha512',
      digits: 8,
      hasCounter: true,
      question: { format: 'H', length: 40 },
      pinHash: 'sha256',
      sessionBytes: 128,
      stepSeconds: 5400,
    });
  });

  it('reads any case and order, and what is left out', () => {
    expect(parseOcraSuite('ocra-1:hotp-sha1-0:t-p-qn04')).toEqual({
      text: 'ocra-1:hotp-sha1-0:t-p-qn04',
      hash: 'sha1',
      digits: 0,
      hasCounter: false,
      question: { format: 'N', length: 4 },
      pinHash: 'sha1',
      sessionBytes: null,
      stepSeconds: 60,
    });
  });

  it.each([
    ['T', 60],
    ['T1S', 1],
    ['T59S', 59],
    ['T1M', 60],
    ['T48H', 172_800],
    ['T1H30M', 5400],
    ['T1H1M1S', 3661],
  ])('reads the time step %s as %d seconds', (time, seconds) => {
    expect(parseOcraSuite(`OCRA-1:HOTP-SHA1-6:QN08-${time}`).stepSeconds).toBe(seconds);
  });

  it.each([
    ['', 'unsupported ocra version'],
    ['OCRA-2:HOTP-SHA1-6:QN08', 'unsupported ocra version'],
    [' OCRA-1:HOTP-SHA1-6:QN08', 'no blanks'],
    ['OCRA-1:HOTP-SHA1-6:QN08\n', 'no blanks'],
    ['OCRA-1:HOTP-SHA1-6:ＱN08', 'no blanks'],
    [`OCRA-1:HOTP-SHA1-6:QN08-T${'1S'.repeat(40)}`, 'up to 80'],
    ['OCRA-1:TOTP-SHA1-6:QN08', 'unsupported hash version: TOTP'],
    ['OCRA-1:HOTP-MD5-6:QN08', "Unknown hash algorithm 'MD5'"],
    ['OCRA-1:HOTP-SHA1:QN08', "Invalid truncation length ''"],
    ['OCRA-1:HOTP-SHA1-3:QN08', "Invalid truncation length '3'"],
    ['OCRA-1:HOTP-SHA1-11:QN08', "Invalid truncation length '11'"],
    ['OCRA-1:HOTP-SHA1-06:QN08', "Invalid truncation length '06'"],
    ['OCRA-1:HOTP-SHA1-6-6:QN08', "Invalid truncation length '6-6'"],
    ['OCRA-1:HOTP-SHA1-6', "unknown data input ''"],
    ['OCRA-1:HOTP-SHA1-6:', "unknown data input ''"],
    ['OCRA-1:HOTP-SHA1-6:C', 'needs a question'],
    ['OCRA-1:HOTP-SHA1-6:QN08:QN08', 'three parts'],
    ['OCRA-1:HOTP-SHA1-6:QN08-', "unknown data input ''"],
    ['OCRA-1:HOTP-SHA1-6:QN08-QA08', "'QA08' is there twice"],
    ['OCRA-1:HOTP-SHA1-6:C-C-QN08', "'C' is there twice"],
    ['OCRA-1:HOTP-SHA1-6:QX08', "unknown data input 'QX08'"],
    ['OCRA-1:HOTP-SHA1-6:QN8', "unknown data input 'QN8'"],
    ['OCRA-1:HOTP-SHA1-6:QN03', "Invalid question 'QN03'"],
    ['OCRA-1:HOTP-SHA1-6:QN65', "Invalid question 'QN65'"],
    ['OCRA-1:HOTP-SHA1-6:QN08-PMD5', "Unknown hash algorithm 'MD5'"],
    ['OCRA-1:HOTP-SHA1-6:QN08-S100', "unknown data input 'S100'"],
    ['OCRA-1:HOTP-SHA1-6:QN08-T0S', "Invalid time step 'T0S'"],
    ['OCRA-1:HOTP-SHA1-6:QN08-T49H', "Invalid time step 'T49H'"],
    ['OCRA-1:HOTP-SHA1-6:QN08-T1', "unknown data input 'T1'"],
    ['OCRA-1:HOTP-SHA1-6:QN08-C1', "unknown data input 'C1'"],
  ])('refuses %j: %s', (text, message) => {
    expect(() => parseOcraSuite(text)).toThrow(MalformedSuite);
    expect(() => parseOcraSuite(text)).toThrow(message);
  });

  // The grammar once more, as one expression: what it does not know is no suite.
  const grammar = (() => {
    const inputs = [
      'C',
      'Q[ANH](0[4-9]|[1-5]\\d|6[0-4])',
      'P(SHA(1|256|512))?',
      'S(064|128|256|512)',
      'T(\\d{1,2}[HMS])*',
    ].join('|');
    return new RegExp(`^OCRA-1:HOTP-SHA(1|256|512)-(0|[4-9]|10):(${inputs})(-(${inputs}))*$`, 'i');
  })();
  const word = (...usual: string[]) =>
    fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom(...usual) },
      { weight: 1, arbitrary: fc.string({ maxLength: 4 }) },
    );
  const input = word(
    'C',
    'QN08',
    'qa64',
    'QH40',
    'P',
    'PSHA1',
    'PSHA512',
    'S064',
    'T',
    'T1M',
    'T20S',
    'T0S',
    'QN99',
  );
  const suite = fc
    .tuple(
      word('OCRA-1', 'ocra-1'),
      word('HOTP', 'hotp'),
      word('SHA1', 'SHA256', 'sha512'),
      word('0', '6', '8', '10'),
      fc.array(input, { maxLength: 6 }),
    )
    .map(
      ([version, method, hash, digits, inputs]) =>
        `${version}:${method}-${hash}-${digits}:${inputs.join('-')}`,
    );

  it('reads a text or says what is wrong with it, and nothing else happens', () => {
    fc.assert(
      fc.property(fc.oneof(suite, fc.string()), (text) => {
        let parsed;
        try {
          parsed = parseOcraSuite(text);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedSuite);
          return;
        }
        expect(text).toMatch(grammar);
        expect(parsed.text).toBe(text);
        expect([0, 4, 5, 6, 7, 8, 9, 10]).toContain(parsed.digits);
        expect(parsed.question.length).toBeGreaterThanOrEqual(4);
        expect(parsed.question.length).toBeLessThanOrEqual(64);
        if (parsed.stepSeconds !== null) expect(parsed.stepSeconds).toBeGreaterThan(0);
      }),
      { numRuns: RUNS },
    );
  });

  it('reads what is put together by the grammar', () => {
    const parts = fc.record({
      hash: fc.constantFrom('SHA1', 'SHA256', 'SHA512'),
      digits: fc.constantFrom(0, 4, 6, 8, 10),
      question: fc.tuple(fc.constantFrom('A', 'N', 'H'), fc.integer({ min: 4, max: 64 })),
      others: fc.shuffledSubarray(['C', 'PSHA256', 'S512', 'T2H'], { minLength: 0 }),
      place: fc.nat(4),
    });
    fc.assert(
      fc.property(parts, ({ hash, digits, question: [format, length], others, place }) => {
        const inputs = others.toSpliced(place, 0, `Q${format}${String(length).padStart(2, '0')}`);
        const parsed = parseOcraSuite(`OCRA-1:HOTP-${hash}-${digits}:${inputs.join('-')}`);
        expect(parsed).toMatchObject({
          hash: hash.toLowerCase(),
          digits,
          hasCounter: others.includes('C'),
          question: { format, length },
          pinHash: others.includes('PSHA256') ? 'sha256' : null,
          sessionBytes: others.includes('S512') ? 512 : null,
          stepSeconds: others.includes('T2H') ? 7200 : null,
        });
      }),
      { numRuns: 500 },
    );
  });
});
