import type { RandomSource, Secret } from '@app/kernel';
import type { OtpHash } from '@app/otp';

import type { TokenInfo } from '../token.js';
import type { TokenTypeId } from '../types/token-type.js';

/** A token as a file tells of it. Serials and seeds are well-formed; whether they can be stored is decided later. */
export interface FileToken {
  /** Where it begins, counted from 1. */
  readonly line: number;
  readonly serial: string;
  readonly type: TokenTypeId;
  readonly seed: Secret;
  /** `null`: the installation's default. */
  readonly digits: number | null;
  readonly hash: OtpHash | null;
  /** Of time-based tokens; `null`: the installation's default. */
  readonly stepSeconds: number | null;
  readonly shiftSeconds: number | null;
  /** How its values are computed (RFC 6287 §6); absent: it is not of this type. */
  readonly ocraSuite?: string;
  /** Next expected; everything below is spent. */
  readonly counter: number;
  readonly description: string;
  readonly owner: NamedOwner | null;
  /** Beside the owner's; `''`: none. */
  readonly realm: string;
  readonly pin: Secret | null;
  /** What is known of its device, by clients' names; absent: nothing. */
  readonly info?: TokenInfo;
  /** It was switched off where it comes from, and stays so, whatever is said of all. */
  readonly isInactive?: true;
}

/** Whom a file gives a token to, in the file's own words. */
export interface NamedOwner {
  readonly login: string;
  /** `''`: none said. */
  readonly realm: string;
}

/** Something about a line. Texts name what is wrong and never repeat a seed, a PIN or a key. */
export interface LineNote {
  /** `null`: the file as a whole. */
  readonly line: number | null;
  readonly reason: string;
}

export type FileItem =
  | { readonly kind: 'token'; readonly token: FileToken }
  /** Left out, as the format has it: nobody's mistake, but worth to be told. */
  | ({ readonly kind: 'skipped' } & LineNote)
  /** For its sake nothing of the file is imported. */
  | ({ readonly kind: 'problem' } & LineNote)
  /** A part of the file was read and came to nothing yet: a moment for others. */
  | { readonly kind: 'nothing' };

export const NOTHING: FileItem = { kind: 'nothing' };

/** How the keys of a PSKC file are protected. */
export type FileProtection =
  | { readonly kind: 'plain' }
  /** AES: 16, 24 or 32 bytes. */
  | { readonly kind: 'key'; readonly key: Secret }
  | { readonly kind: 'password'; readonly password: Secret };

/** What has to be said beside the file; each format looks at what concerns it. */
export interface TokenFileOptions {
  readonly protection: FileProtection;
  /** aladdin-xml: instead of what the length of a seed says. */
  readonly hash: OtpHash | null;
  /** dat: the moment at which the devices' clocks began. */
  readonly startDate: Date;
  /** pskc: leave out serials that are not four letters or digits and eight hexadecimal digits. */
  readonly checksSerials: boolean;
  /** For serials that have to be made up. */
  readonly random: RandomSource;
}

/** A kind of token files: a new one is a file in `formats/` and a line in the registry. */
export interface TokenFileFormat {
  readonly name: string;
  /** Reads as it goes, and says `nothing` where it goes on without a result: a large file never has the process to itself. */
  parse(text: string, options: TokenFileOptions): Iterable<FileItem> | AsyncIterable<FileItem>;
}

/** What cannot be read of a line, an element or the file; turned into a `problem` by whoever knows the place. */
export class Unreadable extends Error {}

/** Of a line: the token that `make` gives, or what is wrong with it. */
export function itemOf(line: number | null, make: () => FileToken | LineNote): FileItem {
  try {
    const made = make();
    return 'reason' in made ? { kind: 'skipped', ...made } : { kind: 'token', token: made };
  } catch (error) {
    return problemOf(line, error);
  }
}

/** @throws what is no `Unreadable` */
export function problemOf(line: number | null, error: unknown): FileItem {
  if (!(error instanceof Unreadable)) throw error;
  return { kind: 'problem', line, reason: error.message };
}
