import { inspect } from 'node:util';

import { Secret } from './secret.js';
import { cleanText, cutText, storableText } from './text.js';

describe('cleanText', () => {
  it.each([
    { text: '', clean: '' },
    { text: 'anna', clean: 'anna' },
    { text: 'a\0b\0', clean: 'a\ufffdb\ufffd' },
    { text: 'lone high \ud800', clean: 'lone high \ufffd' },
    { text: '\udc00 lone low', clean: '\ufffd lone low' },
    { text: 'in the \udc00\ud800 wrong order', clean: 'in the \ufffd\ufffd wrong order' },
    { text: 'a pair \ud83d\ude00', clean: 'a pair 😀' },
  ])('makes $clean', ({ text, clean }) => {
    expect(cleanText(text)).toBe(clean);
  });
});

describe('cutText', () => {
  it.each([
    { text: 'abc', limit: 3, cut: 'abc' },
    { text: 'abcd', limit: 3, cut: 'ab…' },
    { text: 'ab😀', limit: 4, cut: 'ab😀' },
    { text: 'ab😀c', limit: 4, cut: 'ab…' },
    { text: 'ab😀cd', limit: 5, cut: 'ab😀…' },
  ])('cuts $text at $limit to $cut', ({ text, limit, cut }) => {
    expect(cutText(text, limit)).toBe(cut);
    expect(cut.length).toBeLessThanOrEqual(limit);
  });
});

describe('storableText', () => {
  it('cleans before it cuts', () => {
    expect(storableText('\0\ud800xyz', 4)).toBe('\ufffd\ufffdx…');
  });
});

describe('Secret', () => {
  it('shows in no way of printing', () => {
    const secret = Secret.fromText('geheim1');
    const printed = [
      JSON.stringify({ secret }),
      `${secret}`,
      inspect({ secret }),
      inspect(secret, { showHidden: true }),
    ];
    for (const text of printed) expect(text).not.toMatch(/geheim1|6765686569/);
  });

  it('is opened at its first use, and once', () => {
    let opened = 0;
    const secret = Secret.sealed(() => {
      opened++;
      return Buffer.from('seed');
    });
    expect(opened).toBe(0);
    expect(secret.use((bytes) => bytes.length)).toBe(4);
    secret.use(() => undefined);
    expect(opened).toBe(1);
  });

  it('passes on that it cannot be opened', () => {
    const secret = Secret.sealed(() => {
      throw new Error('no such key');
    });
    expect(() => secret.use((bytes) => bytes)).toThrow('no such key');
  });

  it('equals only the same bytes', () => {
    expect(Secret.fromText('abc').equals(Secret.of(Buffer.from('616263', 'hex')))).toBe(true);
    expect(Secret.fromText('abc').equals(Secret.fromText('abd'))).toBe(false);
    expect(Secret.fromText('abc').equals(Secret.fromText('abcd'))).toBe(false);
  });
});
