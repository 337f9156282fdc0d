import { segments } from './sms-segments.js';

const decoded = (message: Buffer, dataCoding: number, from: number) =>
  dataCoding === 3
    ? message.subarray(from).toString('latin1')
    : Buffer.from(message.subarray(from)).swap16().toString('utf16le');

describe('a text as SMS', () => {
  it.each([
    ['x'.repeat(160), 'latin1', 3, 1],
    ['ä'.repeat(161), 'latin1', 3, 2],
    ['ä'.repeat(306), 'latin1', 3, 2],
    ['ä'.repeat(307), 'latin1', 3, 3],
    ['€'.repeat(70), 'latin1', 8, 1],
    ['x'.repeat(70), 'ucs2', 8, 1],
    ['x'.repeat(71), 'ucs2', 8, 2],
    [`${'x'.repeat(66)}😀${'y'.repeat(70)}`, 'latin1', 8, 3],
  ] as const)('%j in %s has data coding %i and %i parts', (text, encoding, dataCoding, count) => {
    const found = segments(text, encoding, 77);
    const header = count > 1 ? 6 : 0;
    expect(found).toMatchObject({ dataCoding, hasHeader: count > 1 });
    expect(found?.messages).toHaveLength(count);
    expect(found?.messages.map((message) => decoded(message, dataCoding, header)).join('')).toBe(text);
    found?.messages.forEach((message, index) => {
      expect(message.length).toBeLessThanOrEqual(dataCoding === 3 ? 160 : 140);
      if (header > 0) expect([...message.subarray(0, 6)]).toEqual([5, 0, 3, 77, count, index + 1]);
      expect(decoded(message, dataCoding, header).isWellFormed()).toBe(true);
    });
  });

  it('has ten parts at most', () => {
    expect(segments('x'.repeat(1530), 'latin1', 1)?.messages).toHaveLength(10);
    expect(segments('x'.repeat(1531), 'latin1', 1)).toBeNull();
  });
});
