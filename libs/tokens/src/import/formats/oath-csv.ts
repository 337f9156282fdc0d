import { Secret } from '@app/kernel';

import {
  counterValue,
  descriptionText,
  fileToken,
  hashNamed,
  hashOfLength,
  otpDigits,
  seedOf,
  shown,
  timeStep,
  typeNamed,
  USUAL_DIGITS,
  wholeNumber,
} from '../file-values.js';
import { cellsOf, linesOf, type TextLine } from '../text-lines.js';
import {
  type FileItem,
  type FileToken,
  itemOf,
  type LineNote,
  NOTHING,
  problemOf,
  type TokenFileFormat,
  Unreadable,
} from '../token-file.js';

const COLUMNS = [
  'serial',
  'seed',
  'type',
  'otplen',
  'timestep',
  'hashlib',
  'user',
  'realm',
  'pin',
  'description',
  'counter',
] as const;
type Column = (typeof COLUMNS)[number];

/** Where a line has what, counted from 0. */
type Places = ReadonlyMap<Column, number>;

/** Other words for a column in a first line that names them. */
const OTHER_NAMES: ReadonlyMap<string, Column> = new Map([
  ['otpkey', 'seed'],
  ['secret', 'seed'],
  ['digits', 'otplen'],
  ['hash', 'hashlib'],
  ['login', 'user'],
]);

/** Without a first line that names columns: LinOTP's six, and whom the token is for. */
const USUAL_COLUMNS: readonly Column[] = COLUMNS.slice(0, COLUMNS.indexOf('realm') + 1);
const USUAL_PLACES: Places = new Map(USUAL_COLUMNS.map((name, place) => [name, place]));
const OTHER_DIGITS = { least: 1, most: 255 };

/** A line a token, cells between commas (spec/token-types §22.1); the first line may name the columns. */
export const oathCsv: TokenFileFormat = {
  name: 'oathcsv',

  *parse(text) {
    let places: Places | null = null;
    for (const line of linesOf(text)) {
      if (!line) yield NOTHING;
      if (!line || line.text.trim() === '') continue;
      if (!places) {
        try {
          places = namedPlaces(line);
        } catch (error) {
          yield problemOf(line.number, error);
          return;
        }
        if (places) continue;
        if (!line.text.trimStart().startsWith('#')) places = USUAL_PLACES;
      }
      const item = lineItem(line, places ?? USUAL_PLACES);
      if (item) yield item;
    }
  },
};

/** @returns `null` for a line that is no header @throws Unreadable for one with a column that nobody knows */
function namedPlaces({ text }: TextLine): Places | null {
  const names = cellsOf(text).map((cell) => cell.toLowerCase());
  const columns = names.map((name) => COLUMNS.find((known) => known === name) ?? OTHER_NAMES.get(name));
  if (!columns.includes('serial') || !columns.includes('seed')) return null;
  const places = new Map<Column, number>();
  columns.forEach((column, place) => {
    if (!column)
      throw new Unreadable(`there is no column '${shown(names[place] ?? '')}': use ${COLUMNS.join(', ')}`);
    if (places.has(column)) throw new Unreadable(`the column ${column} is named twice`);
    places.set(column, place);
  });
  return places;
}

/** @returns `null` for a comment */
function lineItem(line: TextLine, places: Places): FileItem | null {
  if (line.text.trimStart().startsWith('#')) {
    // What is commented out is not imported; LinOTP takes it for a serial that begins with `#`.
    const [serial, seed = ''] = line.text.split(',', 2);
    const isToken = serial !== '#' && seed.trim() !== '';
    return isToken ? { kind: 'skipped', line: line.number, reason: 'a comment' } : null;
  }
  return itemOf(line.number, () => lineToken(line, places));
}

function lineToken({ number: line, text }: TextLine, places: Places): FileToken | LineNote {
  const cells = cellsOf(text);
  const cell = (name: Column) => cells[places.get(name) ?? -1] ?? '';
  const serial = cell('serial');
  if (serial === '') return { line, reason: 'there is no serial' };
  if (cell('seed') === '') return { line, reason: 'there is no seed' };
  const typeName = cell('type') || 'hotp';
  if (typeName.toLowerCase() === 'ocra2' && cell('otplen') === '') {
    return { line, reason: 'there is no OCRA suite' };
  }
  const type = typeNamed(typeName);
  const seed = seedOf(type, cell('seed'));
  const isOath = type === 'hotp' || type === 'totp';
  return fileToken({
    line,
    serial,
    type,
    seed,
    // The suite says how many there are.
    ...(type === 'ocra2' ? { ocraSuite: cell('otplen') } : { digits: digitsOf(cell('otplen'), isOath) }),
    // What other types have in these columns means nothing for them.
    hash: isOath ? (cell('hashlib') === '' ? hashOfLength(seed) : hashNamed(cell('hashlib'))) : null,
    stepSeconds: type === 'totp' ? timeStep('timestep', cell('timestep') || '30') : null,
    counter: cell('counter') === '' ? 0 : counterValue('counter', cell('counter')),
    description: descriptionText(cell('description')),
    owner: cell('user') === '' ? null : { login: cell('user'), realm: cell('realm') },
    realm: cell('user') === '' ? cell('realm').toLowerCase() : '',
    pin: cell('pin') === '' ? null : Secret.fromText(cell('pin')),
  });
}

function digitsOf(text: string, isOath: boolean): number | null {
  if (text === '') return isOath ? USUAL_DIGITS : null;
  return isOath
    ? otpDigits('otplen', text)
    : wholeNumber('otplen', text, OTHER_DIGITS.least, OTHER_DIGITS.most);
}
