import { FORWARDS_TO_OWN, PAIRED_BY, PAIRING_UNTIL, type Token, tokenType } from '@app/tokens';

type Shown = Pick<Token, 'type' | 'hash' | 'time' | 'device' | 'uses' | 'validity' | 'paths' | 'info'>;

/**
 * What LinOTP keeps in a token's info column: each part in the order in which it writes it, and no part that was never
 * set (spec/admin-api §3.2, spec/token-types §3.5).
 */
export function tokenInfo(token: Shown): string {
  const info = {
    ...firstOf(token),
    ...settingsOf(token),
    ...limitsOf(token, infoDate),
    ...restOf(token),
  };
  return Object.keys(info).length === 0 ? '' : jsonText(info);
}

/** The same as an object, as `tokeninfo_format=json` asks for. */
export function tokenInfoObject(token: Shown): object {
  return { ...firstOf(token), ...settingsOf(token), ...limitsOf(token, isoDate), ...restOf(token) };
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

/** What is set before anything else of a token that needs it (recording 96). */
function firstOf({ type, info }: Shown): object {
  const first = FIRST[type];
  if (first) return Object.fromEntries(first.map((name) => [name, info[name] ?? null]));
  const { sends, asks } = tokenType(type).challenge ?? {};
  const told = type === 'u2f' ? REGISTERED : sends ? SENT_TO : asks ? ROLLED_OUT : [];
  const names = told.filter((name) => name in info);
  return Object.fromEntries(names.map((name) => [name, info[name]]));
}

function settingsOf({ hash, time, device }: Shown): object {
  return {
    ...(hash && { hashlib: hash }),
    ...(time && {
      timeWindow: String(time.windowSeconds),
      timeShift: String(time.shiftSeconds),
      timeStep: String(time.stepSeconds),
    }),
    ...(device?.publicId && { public_uid: device.publicId }),
    ...(device?.privateId && { 'yubikey.tokenid': device.privateId }),
  };
}

function limitsOf({ uses, validity }: Shown, written: (date: Date) => string): object {
  const { attempts, maxAttempts, successes, maxSuccesses } = uses;
  return {
    ...(attempts > 0 && { count_auth: attempts }),
    ...(maxAttempts !== null && { count_auth_max: maxAttempts }),
    ...(successes > 0 && { count_auth_success: successes }),
    ...(maxSuccesses !== null && { count_auth_success_max: maxSuccesses }),
    ...(validity.from && { validity_period_start: written(validity.from) }),
    ...(validity.until && { validity_period_end: written(validity.until) }),
  };
}

/** What is kept beside LinOTP's is ours alone. */
const OURS: readonly string[] = [PAIRING_UNTIL, PAIRED_BY, FORWARDS_TO_OWN];
const OF_PAIRING = ['partition', 'state', 'user_token_id'] as const;
const BEHIND = ['user_login', 'gda'] as const;

function restOf({ type, paths, info }: Shown): object {
  const { pairing } = tokenType(type);
  const scope = paths && { scope: { path: paths } };
  const told = Object.fromEntries(Object.entries(info).filter(([name]) => !OURS.includes(name)));
  if (!pairing) return { ...scope, ...told };
  // As LinOTP writes them (recording 96).
  const names = [...OF_PAIRING, pairing.keyName, ...BEHIND].filter((name) => name in told);
  return { ...Object.fromEntries(names.map((name) => [name, told[name]])), ...scope, ...told };
}

/** JSON with a line feed after each brace and comma, and no indentation. */
function jsonText(value: unknown): string {
  if (Array.isArray(value)) return inLines('[', value.map(jsonText), ']');
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const items = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${jsonText(item)}`);
  return inLines('{', items, '}');
}

function inLines(open: string, items: readonly string[], close: string): string {
  return items.length === 0 ? `${open}${close}` : `${open}\n${items.join(',\n')}\n${close}`;
}
