import { type RandomSource } from '@app/kernel';

import { fileToken, hexSeed, otpDigits, typeNamed, USUAL_DIGITS } from '../file-values.js';
import { cellsOf, linesOf } from '../text-lines.js';
import {
  type FileToken,
  itemOf,
  type LineNote,
  NOTHING,
  type TokenFileFormat,
  type TokenFileOptions,
  Unreadable,
} from '../token-file.js';

const MODHEX = 'cbdefghijklnrtuv';
const FEWEST_CELLS = 6;
// Of a YubiKey in AES mode, without its public id.
const OTP_LENGTH = 32;

/** Logs of Yubico's personalisation tool, in both of its forms (spec/token-types §22.2). */
export const yubikeyCsv: TokenFileFormat = {
  name: 'yubikeycsv',

  *parse(text, options) {
    for (const line of linesOf(text)) {
      if (!line) yield NOTHING;
      else if (line.text.trim() !== '') {
        yield itemOf(line.number, () => lineToken(line.number, cellsOf(line.text), options));
      }
    }
  },
};

function lineToken(
  line: number,
  cells: readonly string[],
  { random }: TokenFileOptions,
): FileToken | LineNote {
  if (cells.length < FEWEST_CELLS) return { line, reason: `there are fewer than ${FEWEST_CELLS} cells` };
  const [kind = ''] = cells;
  if (/^yubico otp$/i.test(kind)) return toolToken(line, cells, random, 'UBAM');
  if (/^oath-hotp$/i.test(kind)) return toolToken(line, cells, random, 'UBOM');
  if (/^\d+$/.test(kind)) return yubicoToken(line, cells);
  return { line, reason: 'it is of no OTP' };
}

/** As the tool logs it by itself. */
function toolToken(
  line: number,
  cells: readonly string[],
  random: RandomSource,
  prefix: 'UBAM' | 'UBOM',
): FileToken {
  const [, , slot = '', publicId = '', , key = ''] = cells;
  if (slot === '') throw new Unreadable('there is no slot');
  const number = publicId === '' ? Buffer.from(random.bytes(4)).readUInt32BE(0) : numberOf(publicId);
  const serial = `${prefix}${String(number).padStart(8, '0')}_${slot}`;
  if (prefix === 'UBAM') return aesToken(line, serial, publicId, key);
  const digits = cells[11] ?? '';
  return hotpToken(
    line,
    serial,
    key,
    publicId,
    digits === '' ? USUAL_DIGITS : otpDigits('the OTP length', digits),
  );
}

/** Yubico's own format. */
function yubicoToken(line: number, cells: readonly string[]): FileToken | LineNote {
  const [number = '', publicId = '', privateId = '', key = ''] = cells;
  if (privateId === '') return { line, reason: 'there is no private id' };
  // An event-based token has none, which the format writes as 0.
  if (privateId === '0') return hotpToken(line, `UBOM${number}_X`, key, publicId, USUAL_DIGITS);
  return aesToken(line, `UBAM${number}_X`, publicId, key);
}

function aesToken(line: number, serial: string, publicId: string, key: string): FileToken {
  const seed = hexSeed(key);
  if (seed.use((bytes) => bytes.length) !== 16)
    throw new Unreadable('the AES key must have 32 hexadecimal digits');
  return fileToken({
    line,
    serial,
    type: typeNamed('yubikey'),
    seed,
    digits: OTP_LENGTH + publicId.length,
    ...(publicId !== '' && { description: publicId }),
  });
}

function hotpToken(line: number, serial: string, key: string, publicId: string, digits: number): FileToken {
  const description = publicId === '' ? {} : { description: publicId };
  return fileToken({
    line,
    serial,
    type: typeNamed('hmac'),
    seed: hexSeed(key),
    hash: 'sha1',
    digits,
    ...description,
  });
}

/** The number that the first eight letters of a public id stand for. @throws Unreadable */
function numberOf(publicId: string): number {
  const digits = Array.from(publicId.toLowerCase().slice(0, 8), (letter) => MODHEX.indexOf(letter));
  if (digits.includes(-1)) throw new Unreadable('the public id is no modhex');
  return digits.reduce((number, digit) => number * 16 + digit, 0);
}
