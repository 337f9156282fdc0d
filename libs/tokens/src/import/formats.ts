import { aladdinXml } from './formats/aladdin-xml.js';
import { dat } from './formats/dat.js';
import { dpw } from './formats/dpw.js';
import { oathCsv } from './formats/oath-csv.js';
import { feitian, pskc } from './formats/pskc/pskc.js';
import { u2f } from './formats/u2f.js';
import { yubikeyCsv } from './formats/yubikey-csv.js';
import type { TokenFileFormat } from './token-file.js';

/** Every kind of token files, in the order in which clients are told of them: a new one is a file and a line here. */
export const TOKEN_FILE_FORMATS: readonly TokenFileFormat[] = [
  aladdinXml,
  oathCsv,
  yubikeyCsv,
  feitian,
  pskc,
  dpw,
  dat,
  u2f,
];

/** @returns `null` for a kind that nobody knows */
export function tokenFileFormat(name: string): TokenFileFormat | null {
  return TOKEN_FILE_FORMATS.find((format) => format.name === name) ?? null;
}
