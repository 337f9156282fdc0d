import { MalformedSerial } from './token.errors.js';
import { parseSerial } from './token.js';
import { tokenType, tokenTypes } from './types/registry.js';

describe('parseSerial', () => {
  it.each(['A', 'OATH00010054', 'a b', 'Ünïcode', '*', 'x'.repeat(40), "o'brien"])('takes "%s"', (raw) => {
    expect(parseSerial(raw)).toBe(raw);
  });

  it.each(['', 'x'.repeat(41), 'a\0b', 'a\nb', '\u007f', 'a\ud800', 'a\ufffdb'])('refuses %j', (raw) => {
    expect(() => parseSerial(raw)).toThrow(MalformedSerial);
  });
});

describe('the registry of token types', () => {
  it('finds each type by its id, and no two share a name or a prefix', () => {
    for (const type of tokenTypes) expect(tokenType(type.id)).toBe(type);
    expect(new Set(tokenTypes.map((type) => type.label)).size).toBe(tokenTypes.length);
    expect(new Set(tokenTypes.map((type) => type.serialPrefix)).size).toBe(tokenTypes.length);
  });
});
