import { isIP } from 'node:net';

/** What values of a setting may look like, and what they mean. */
export interface SettingKind<T> {
  /** Goes on from "must be". */
  readonly requirement: string;
  /** @returns `undefined` for a text that means nothing */
  parse(text: string): T | undefined;
}

const WORDS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['0', false],
]);

export const TEXT: SettingKind<string> = { requirement: 'a text', parse: (text) => text };

/** RFC 3986 §3.1. */
export const URL_SCHEME: SettingKind<string> = {
  requirement: 'the scheme of a URL',
  parse: (text) => (/^[a-z][a-z0-9+.-]{0,30}$/i.test(text.trim()) ? text.trim() : undefined),
};

export const FLAG: SettingKind<boolean> = {
  requirement: 'True or False',
  parse: (text) => WORDS.get(text.trim().toLowerCase()),
};

/** Where LinOTP compares with `True`: `true` and `1` are something else to it. */
export const EXACTLY_TRUE: SettingKind<boolean> = {
  requirement: 'True (exactly) or False',
  parse: (text) => (FLAG.parse(text) === undefined ? undefined : text === 'True'),
};

/** What lets people in takes one word, in any case: `yes` and `1` are something else to LinOTP. */
export const TRUE_IN_ANY_CASE: SettingKind<boolean> = {
  requirement: 'True or False',
  parse: (text) => (FLAG.parse(text) === undefined ? undefined : text.trim().toLowerCase() === 'true'),
};

export function whole(least: number, most: number): SettingKind<number> {
  return {
    requirement: `a whole number from ${least} to ${most}`,
    parse(text) {
      const trimmed = text.trim();
      if (!/^[+-]?\d{1,15}$/.test(trimmed)) return undefined;
      const value = Number(trimmed);
      return value >= least && value <= most ? value : undefined;
    },
  };
}

export function oneOf<const T extends string>(...values: readonly T[]): SettingKind<T> {
  return {
    requirement: values.length === 2 ? values.join(' or ') : `one of ${values.join(', ')}`,
    parse: (text) => values.find((value) => value === text.trim()),
  };
}

const LONGEST_SECONDS = 10 * 365 * 86_400;
const UNIT_SECONDS = { years: 31_536_000, months: 2_592_000, w: 604_800, d: 86_400, h: 3_600, m: 60, s: 1 };
const BY_UNITS =
  /^(?:(?<w>\d+)w(?:eeks?)?)?(?:(?<d>\d+)d(?:ays?)?)?(?:(?<h>\d+)h(?:ours?)?)?(?:(?<m>\d+)m(?:inutes?)?)?(?:(?<s>\d+)s(?:econds?)?)?$/;
const ISO_8601 =
  /^P(?:(?<years>\d+)Y)?(?:(?<months>\d+)M)?(?:(?<w>\d+)W)?(?:(?<d>\d+)D)?(?:T(?=\d)(?:(?<h>\d+)H)?(?:(?<m>\d+)M)?(?:(?<s>\d+)S)?)?$/;

/** Seconds: as a number, by units (`1w2d3h4m5s`, long or short), or as ISO 8601 has it (`P1DT2H`). */
export const DURATION: SettingKind<number> = {
  requirement: "of type 'duration'",
  parse(text) {
    const plain = text.replaceAll(/\s/g, '');
    if (/^\d{1,12}$/.test(plain)) return boundedSeconds(Number(plain));
    const groups = (BY_UNITS.exec(plain.toLowerCase()) ?? ISO_8601.exec(plain))?.groups ?? {};
    const given = Object.entries(UNIT_SECONDS).flatMap(([unit, seconds]) => {
      const count = groups[unit];
      return count === undefined ? [] : [Number(count) * seconds];
    });
    return given.length === 0 ? undefined : boundedSeconds(given.reduce((sum, seconds) => sum + seconds, 0));
  },
};

function boundedSeconds(seconds: number): number | undefined {
  return seconds <= LONGEST_SECONDS ? seconds : undefined;
}

/** Seconds for a connection, and after a comma those for an answer; of one number, both. */
export const TIMEOUTS: SettingKind<readonly [connect: number, read: number]> = {
  requirement: 'a number of seconds, or two with a comma between them',
  parse(text) {
    const parts = text.split(',').map((part) => part.trim());
    const isPlain = parts.length <= 2 && parts.every((part) => /^\d{1,4}(\.\d{1,3})?$/.test(part));
    const [connect = 0, read = connect] = isPlain ? parts.map(Number) : [];
    return connect > 0 && read > 0 ? [connect, read] : undefined;
  },
};

const MOST_ENTRIES = 64;
/** Each is asked for, one after the other. */
const MOST_NAMES = 8;
const HOST_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

export interface NetworkEntry {
  /** An address, or the name of a host. */
  readonly base: string;
  readonly isName: boolean;
  /** `null`: the address alone. */
  readonly bits: number | null;
}

/** Addresses, networks in CIDR notation, and names of hosts, which may have `/bits` too. */
export const PROXIES: SettingKind<readonly NetworkEntry[]> = {
  requirement: "of type 'network'",
  parse: networkEntries,
};

/** As `PROXIES`, without names. */
export const NETWORKS: SettingKind<readonly NetworkEntry[]> = {
  requirement: 'a comma-separated list of addresses and networks',
  parse(text) {
    const entries = networkEntries(text);
    return entries?.some(({ isName }) => isName) ? undefined : entries;
  },
};

function networkEntries(text: string): readonly NetworkEntry[] | undefined {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  const entries = items.map(networkEntry);
  if (entries.length > MOST_ENTRIES || entries.some((entry) => entry === null)) return undefined;
  const known = entries.filter((entry) => entry !== null);
  return known.filter(({ isName }) => isName).length > MOST_NAMES ? undefined : known;
}

function networkEntry(text: string): NetworkEntry | null {
  const [base = '', bitsText, ...rest] = text.split('/');
  const family = isIP(base);
  const isName = family === 0;
  if (rest.length > 0 || base.includes('%') || (isName && !HOST_NAME.test(base))) return null;
  if (bitsText === undefined) return { base, isName, bits: null };
  const bits = /^\d{1,3}$/.test(bitsText) ? Number(bitsText) : Number.NaN;
  return bits <= (family === 4 ? 32 : 128) ? { base, isName, bits } : null;
}

const DIRECTIVES = /%[aAbBcdfGHIjmMpSuUVwWxXyYzZ%]/g;

/** `null`: not kept; else the form in which it is, as C's `strftime` has it. */
export const TIME_FORMAT: SettingKind<string | null> = {
  requirement: "of type 'time_format_string'",
  parse(text) {
    const word = text.trim().toLowerCase();
    if (word === 'true') return '%Y-%m-%d %H:%M:%S';
    if (word === 'false') return null;
    const rest = text.replaceAll(DIRECTIVES, '');
    return rest !== text && !rest.includes('%') ? text : undefined;
  },
};

/** Numbers of errors. */
export const CODES: SettingKind<readonly string[]> = {
  requirement: 'a comma-separated list of error codes',
  parse(text) {
    const codes = text.split(',').map((item) => item.trim());
    return codes.every((code) => /^-?\d{1,6}$/.test(code)) ? codes : undefined;
  },
};
