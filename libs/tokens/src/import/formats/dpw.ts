import { fileToken, textSeed, typeNamed } from '../file-values.js';
import { linesOf } from '../text-lines.js';
import { itemOf, NOTHING, type TokenFileFormat } from '../token-file.js';

// Blanks within a seed, and at its end, are part of it.
const TOKEN = /^(\S+)\s+(\S.*)$/;

/** Day passwords: a serial and a seed a line (spec/token-types §22.5). */
export const dpw: TokenFileFormat = {
  name: 'dpw',

  *parse(text) {
    for (const read of linesOf(text)) {
      if (!read) yield NOTHING;
      if (!read || read.text.trim() === '') continue;
      const { number: line, text: content } = read;
      const [, serial = '', seed = ''] = TOKEN.exec(content) ?? [];
      yield itemOf(line, () =>
        serial === ''
          ? { line, reason: 'there is no serial with a seed after it' }
          : fileToken({ line, serial, type: typeNamed('dpw'), seed: textSeed(seed) }),
      );
    }
  },
};
