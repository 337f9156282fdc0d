import { FORWARDS_TO_OWN, PAIRED_BY, PAIRING_UNTIL, type Token, tokenType } from '@app/tokens';

type Shown = Pick<Token, 'type' | 'hash' | 'time' | 'device' | 'uses' | 'validity' | 'paths' | 'info'>;

/**
 * What LinOTP keeps in a token's info column: each part in the order in which it writes it, and no part that was never
 * set (spec/admin-api §3.2, spec/token-types §3.5).
 */
export function tokenInfo(token: Shown): string {
  const info = infoOf(token, infoDate);
  for (const _ in info) return jsonText(info);
  return '';
}

/** The same as an object, as `tokeninfo_format=json` asks for. */
export function tokenInfoObject(token: Shown): object {
  return infoOf(token, isoDate);
}

function infoOf(token: Shown, written: (date: Date) => string): object {
  const info = firstOf(token);
  addSettings(info, token);
  addLimits(info, token, written);
  const rest = restOf(token);
  return rest === null ? info : { ...info, ...rest };
}

/** Minutes in UTC, as LinOTP keeps them: `22/05/14 22:00`. */
export function infoDate(date: Date): string {
  const [year = '', month = '', day = ''] = date.toISOString().slice(0, 10).split('-');
  return `${day}/${month}/${year.slice(-2)} ${date.toISOString().slice(11, 16)}`;
}

function isoDate(date: Date): string {
  return date.toISOString().slice(0, 19);
}

/** In the order in which LinOTP sets them (recording 96); of a remote token, those that were not said, too. */
const FIRST: Partial<Record<Token['type'], readonly string[]>> = {
  remote: [
    'remote.server',
    'remote.serial',
    'remote.user',
    'remote.local_checkpin',
    'remote.realm',
    'remote.resConf',
  ],
  radius: ['radius.server', 'radius.local_checkpin', 'radius.user'],
};
const SENT_TO = ['phone', 'email_address'];
const ROLLED_OUT = ['ocrasuite', 'rollout'];
const REGISTERED = ['phase', 'appId', 'keyHandle', 'publicKey', 'counter'];

type Parts = Record<string, unknown>;

/** What is set before anything else of a token that needs it (recording 96). */
function firstOf({ type, info }: Shown): Parts {
  const first = FIRST[type];
  if (first) return Object.fromEntries(first.map((name) => [name, info[name] ?? null]));
  const { sends, asks } = tokenType(type).challenge ?? {};
  const told = type === 'u2f' ? REGISTERED : sends ? SENT_TO : asks ? ROLLED_OUT : null;
  if (told === null) return {};
  return Object.fromEntries(told.filter((name) => name in info).map((name) => [name, info[name]]));
}

function addSettings(parts: Parts, { hash, time, device }: Shown): void {
  if (hash) parts['hashlib'] = hash;
  if (time) {
    parts['timeWindow'] = String(time.windowSeconds);
    parts['timeShift'] = String(time.shiftSeconds);
    parts['timeStep'] = String(time.stepSeconds);
  }
  if (device?.publicId) parts['public_uid'] = device.publicId;
  if (device?.privateId) parts['yubikey.tokenid'] = device.privateId;
}

function addLimits(parts: Parts, { uses, validity }: Shown, written: (date: Date) => string): void {
  const { attempts, maxAttempts, successes, maxSuccesses } = uses;
  if (attempts > 0) parts['count_auth'] = attempts;
  if (maxAttempts !== null) parts['count_auth_max'] = maxAttempts;
  if (successes > 0) parts['count_auth_success'] = successes;
  if (maxSuccesses !== null) parts['count_auth_success_max'] = maxSuccesses;
  if (validity.from) parts['validity_period_start'] = written(validity.from);
  if (validity.until) parts['validity_period_end'] = written(validity.until);
}

/** What is kept beside LinOTP's is ours alone. */
const OURS: readonly string[] = [PAIRING_UNTIL, PAIRED_BY, FORWARDS_TO_OWN];
const OF_PAIRING = ['partition', 'state', 'user_token_id'] as const;
const BEHIND = ['user_login', 'gda'] as const;

/** `null`: nothing, as of most tokens. */
function restOf({ type, paths, info }: Shown): Parts | null {
  const names = Object.keys(info);
  if (names.length === 0 && !paths) return null;
  const { pairing } = tokenType(type);
  const scope = paths && { scope: { path: paths } };
  const told = Object.fromEntries(
    names.filter((name) => !OURS.includes(name)).map((name) => [name, info[name]]),
  );
  if (!pairing) return { ...scope, ...told };
  // As LinOTP writes them (recording 96).
  const first = [...OF_PAIRING, pairing.keyName, ...BEHIND].filter((name) => name in told);
  return { ...Object.fromEntries(first.map((name) => [name, told[name]])), ...scope, ...told };
}

/** JSON with a line feed after each brace and comma, and no indentation. */
function jsonText(value: object): string {
  // Within JSON's own texts a line feed is an escape.
  return JSON.stringify(value, null, 1).replaceAll(/\n +/g, '\n');
}
