import { textOfFile } from './file-text.js';

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'utf8') : Buffer.from(part))),
  );

describe('textOfFile', () => {
  it.each([
    ['UTF-8', bytes('dörr\nañez\n'), 'dörr\nañez\n'],
    ['UTF-8 with a byte order mark', bytes([0xef, 0xbb, 0xbf], 'dörr'), 'dörr'],
    ['Latin-1', bytes('d', [0xf6], 'rr\nanna'), 'dörr\nanna'],
    ['lines of both, each as what it is', bytes('d', [0xf6], 'rr\nañez\nend'), 'dörr\nañez\nend'],
    ['nothing', bytes(), ''],
    ['NUL, which no database takes', bytes('an', [0], 'na'), 'an\uFFFDna'],
  ])('reads %s', (_what, file, text) => {
    expect(textOfFile(file)).toBe(text);
  });
});
