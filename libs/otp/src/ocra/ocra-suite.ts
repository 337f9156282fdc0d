import { OTP_HASHES, type OtpHash } from '../hotp.js';

/** What a question may be made of: letters and digits, digits, hexadecimal digits. */
export type QuestionFormat = 'A' | 'N' | 'H';

/** How an OCRA value is computed, and over what (RFC 6287 §6). */
export interface OcraSuite {
  /** As it was written: it is part of what is hashed. */
  readonly text: string;
  readonly hash: OtpHash;
  /** 0: all of the 31 bits, in decimal. */
  readonly digits: number;
  readonly hasCounter: boolean;
  readonly question: { readonly format: QuestionFormat; readonly length: number };
  /** By which hash the device's PIN goes in; `null`: it does not. */
  readonly pinHash: OtpHash | null;
  /** Bytes of session data; `null`: none. */
  readonly sessionBytes: number | null;
  /** `null`: it does not go by the clock. */
  readonly stepSeconds: number | null;
}

/** Says what is wrong with the text of a suite. */
export class MalformedSuite extends Error {}

type Inputs = Partial<
  Pick<OcraSuite, 'hasCounter' | 'question' | 'pinHash' | 'sessionBytes' | 'stepSeconds'>
>;

const LONGEST_SUITE = 80;
const DIGITS: ReadonlySet<string> = new Set(['0', '4', '5', '6', '7', '8', '9', '10']);
const QUESTION = /^Q([ANH])(\d\d)$/i;
const SHORTEST_QUESTION = 4;
const LONGEST_QUESTION = 64;
const SESSION = /^S(064|128|256|512)$/i;
const TIME = /^T((?:\d{1,2}[HMS])*)$/i;
const UNIT_SECONDS = { H: 3600, M: 60, S: 1 } as const;
// RFC 6287 §6.3: up to 59 seconds, 59 minutes, 48 hours.
const LONGEST_STEP_SECONDS = 48 * 3600;

/**
 * Reads `OCRA-1:HOTP-<hash>-<digits>:<data inputs>`, in any case and with the inputs in any order, each of them once; a
 * question is among them (RFC 6287 §6; spec/token-types §16.1).
 * @throws MalformedSuite for everything else
 */
export function parseOcraSuite(text: string): OcraSuite {
  if (text.length > LONGEST_SUITE || !/^[\x21-\x7e]*$/.test(text)) {
    throw new MalformedSuite(`an ocra suite has up to ${LONGEST_SUITE} printable characters and no blanks`);
  }
  const [version = '', computation = '', data = '', ...rest] = text.split(':');
  if (version.toUpperCase() !== 'OCRA-1') throw new MalformedSuite('unsupported ocra version');
  if (rest.length > 0) throw new MalformedSuite('an ocra suite has three parts');
  const [method = '', hashName = '', digits = '', ...more] = computation.split('-');
  if (method.toUpperCase() !== 'HOTP') throw new MalformedSuite(`unsupported hash version: ${method}`);
  const hash = hashNamed(hashName);
  if (!DIGITS.has(digits) || more.length > 0) {
    throw new MalformedSuite(`Invalid truncation length '${[digits, ...more].join('-')}'`);
  }
  const inputs = data.split('-').reduce(withInput, {});
  const { question } = inputs;
  if (!question) throw new MalformedSuite('an ocra suite needs a question (QA, QN or QH)');
  return {
    text,
    hash,
    digits: Number(digits),
    hasCounter: inputs.hasCounter ?? false,
    question,
    pinHash: inputs.pinHash ?? null,
    sessionBytes: inputs.sessionBytes ?? null,
    stepSeconds: inputs.stepSeconds ?? null,
  };
}

function withInput(inputs: Inputs, text: string): Inputs {
  const input = inputOf(text);
  if (Object.keys(input).some((name) => name in inputs)) {
    throw new MalformedSuite(`the data input '${text}' is there twice`);
  }
  return { ...inputs, ...input };
}

function inputOf(text: string): Inputs {
  const kind = text.charAt(0).toUpperCase();
  if (kind === 'C' && text.length === 1) return { hasCounter: true };
  if (kind === 'P') return { pinHash: text.length === 1 ? 'sha1' : hashNamed(text.slice(1)) };
  const [, format, length] = QUESTION.exec(text) ?? [];
  if (format !== undefined) return { question: questionOf(text, format, Number(length)) };
  const [, bytes] = SESSION.exec(text) ?? [];
  if (bytes !== undefined) return { sessionBytes: Number(bytes) };
  const [, steps] = TIME.exec(text) ?? [];
  if (steps !== undefined) return { stepSeconds: stepOf(text, steps) };
  throw new MalformedSuite(`unknown data input '${text}'`);
}

function questionOf(text: string, letter: string, length: number): OcraSuite['question'] {
  const format = (['A', 'N', 'H'] as const).find((known) => known === letter.toUpperCase());
  if (!format || length < SHORTEST_QUESTION || length > LONGEST_QUESTION) {
    throw new MalformedSuite(
      `Invalid question '${text}': it has ${SHORTEST_QUESTION} to ${LONGEST_QUESTION} characters`,
    );
  }
  return { format, length };
}

/** Sums are allowed: `1H30M`. */
function stepOf(text: string, steps: string): number {
  if (steps === '') return UNIT_SECONDS.M;
  const parts = [...steps.toUpperCase().matchAll(/(\d+)([HMS])/g)];
  const seconds = parts.reduce((sum, [, count, unit]) => {
    const each = unit === 'H' ? UNIT_SECONDS.H : unit === 'M' ? UNIT_SECONDS.M : UNIT_SECONDS.S;
    return sum + Number(count) * each;
  }, 0);
  if (seconds < 1 || seconds > LONGEST_STEP_SECONDS) {
    throw new MalformedSuite(`Invalid time step '${text}': it has one second to 48 hours`);
  }
  return seconds;
}

function hashNamed(name: string): OtpHash {
  const hash = OTP_HASHES.find((known) => known === name.toLowerCase());
  if (!hash) throw new MalformedSuite(`Unknown hash algorithm '${name}'`);
  return hash;
}
