import type { Fields } from '../support/clients/admin-agent.js';
import { RFC_KEY_HEX } from '../support/clients/otp.js';

// Nearly all that a form may hold.
export const LONG = 'x'.repeat(64_000);
export const NUL = 'a\0b';

/** A request that is refused, or selects nothing, and what its answer must say. */
export interface Refusal {
  readonly path: string;
  readonly form: Fields;
  /** The error's code, or the value of an answer that is none. */
  readonly code?: number;
  readonly message?: string | RegExp;
  readonly value?: unknown;
}

const KEY = { otpkey: RFC_KEY_HEX };
const NO_USER = /^ERR1112: getUserResolverId failed: .*no user >nosuch< found/;
const NO_TOKEN = 'ERR1102: No token with serial NOSUCH found';

// spec/admin-api §1.4, §3; spec/system-api §3, §4; recordings 23 … 347.
export const REFUSALS: readonly Refusal[] = [
  { path: '/system/setResolver', form: {}, code: 905, message: /missing required parameter.*name/ },
  { path: '/system/setResolver', form: { name: 'new1' }, code: -311, message: "'type'" },
  {
    path: '/system/setResolver',
    form: { name: 'new1', type: 'nosuch' },
    code: -311,
    message: /no such resolver type/,
  },
  {
    path: '/system/setResolver',
    form: { name: 'new1', type: 'passwdresolver' },
    code: -311,
    message: /Unable to instantiate the resolver 'new1'/,
  },
  {
    path: '/system/setResolver',
    form: { name: 'a b!', type: 'passwdresolver', fileName: '/etc/passwd' },
    code: -311,
    message: /Resolver name is invalid/,
  },
  {
    path: '/system/setResolver',
    form: { name: NUL, type: 'passwdresolver', fileName: '/etc/passwd' },
    code: -311,
  },
  {
    path: '/system/setResolver',
    form: { name: 'new1', type: 'passwdresolver', fileName: NUL },
    code: -311,
  },
  {
    path: '/system/setRealm',
    form: { realm: 'r' },
    code: 905,
    message: /missing required parameter: resolvers/,
  },
  {
    path: '/system/setRealm',
    form: { resolvers: 'passwdresolver.file' },
    code: 905,
    message: /missing required parameter: realm/,
  },
  {
    path: '/system/setRealm',
    form: { realm: 'r', resolvers: 'passwdresolver.nosuch' },
    code: -311,
    message: /unknown resolver or invalid resolver class/,
  },
  {
    path: '/system/setRealm',
    form: { realm: 'r', resolvers: '' },
    code: -311,
    message: /unknown resolver or invalid resolver class/,
  },
  {
    path: '/system/setRealm',
    form: { realm: 'r!', resolvers: 'passwdresolver.file' },
    code: -311,
    message: /non conformant characters in realm name/,
  },
  { path: '/system/setRealm', form: { realm: NUL, resolvers: 'passwdresolver.file' }, code: -311 },
  { path: '/system/setDefaultRealm', form: { realm: 'nosuch' }, value: false },
  {
    path: '/admin/init',
    form: { serial: 'NEW1' },
    code: 905,
    message: "ERR905: Missing parameter: 'otpkey'",
  },
  {
    path: '/admin/init',
    form: { serial: 'NEW1', otpkey: 'nothex' },
    code: -311,
    message: /non-hexadecimal/,
  },
  {
    path: '/admin/init',
    form: { serial: 'NEW1', otpkey: '123' },
    code: -311,
    message: 'Odd-length string',
  },
  {
    path: '/admin/init',
    form: { serial: 'NEW1', type: 'nosuch', ...KEY },
    code: 1610,
    message: /unknown token type 'nosuch'/,
  },
  {
    path: '/admin/init',
    form: { serial: 'NEW1', genkey: 'x' },
    code: -311,
    message: /invalid literal for int/,
  },
  {
    path: '/admin/init',
    form: { serial: 'NEW1', genkey: '2' },
    code: -311,
    message: /only genkey in range/,
  },
  { path: '/admin/init', form: { serial: 'NEW1', genkey: '1', ...KEY }, code: 344 },
  { path: '/admin/init', form: { serial: 'NEW1', user: 'nosuch', ...KEY }, code: 1112, message: NO_USER },
  {
    path: '/admin/init',
    form: { serial: 'NEW1', user: 'nosuch', realm: 'staff', ...KEY },
    code: 1112,
    message: NO_USER,
  },
  { path: '/admin/init', form: { serial: 'NEW1', user: 'anna', realm: 'nosuch', ...KEY }, code: 1112 },
  {
    path: '/admin/init',
    form: { serial: 'HOTP1', type: 'totp', ...KEY },
    code: 10,
    message: /already exist with type 'HMAC'/,
  },
  { path: '/admin/init', form: { serial: LONG, ...KEY } },
  { path: '/admin/init', form: { serial: NUL, ...KEY } },
  { path: '/admin/init', form: { serial: 'NEW1', type: 'pw' }, code: 905, message: /otpkey/ },
  {
    path: '/admin/init',
    form: { serial: 'NEW1', otplen: '7', ...KEY },
    code: -311,
    message: /unsupported digits/,
  },
  { path: '/admin/init', form: { serial: 'NEW1', otplen: 'x', ...KEY }, code: -311 },
  { path: '/admin/assign', form: { serial: 'HOTP1', user: 'nosuch' }, code: 1112, message: NO_USER },
  { path: '/admin/assign', form: { serial: 'NOSUCH', user: 'anna' }, code: 1102, message: NO_TOKEN },
  { path: '/admin/assign', form: { user: 'anna' }, value: true },
  { path: '/admin/assign', form: { serial: NUL, user: 'anna' }, code: 1102 },
  { path: '/admin/unassign', form: {}, code: 905, message: "ERR905: Missing parameter: 'serial'" },
  { path: '/admin/unassign', form: { serial: 'NOSUCH' }, code: 1102, message: NO_TOKEN },
  { path: '/admin/unassign', form: { serial: LONG }, code: 1102 },
  { path: '/admin/enable', form: { serial: 'NOSUCH' }, code: 1102, message: NO_TOKEN },
  { path: '/admin/enable', form: {}, value: 0 },
  { path: '/admin/disable', form: { serial: 'NOSUCH' }, value: 0 },
  { path: '/admin/disable', form: { serial: NUL }, value: 0 },
  { path: '/admin/disable', form: { serial: LONG }, value: 0 },
  { path: '/admin/disable', form: {}, value: 0 },
  { path: '/admin/remove', form: {}, code: 905, message: 'ERR905: missing parameter user or serial!' },
  { path: '/admin/remove', form: { serial: 'NOSUCH' }, code: 1102, message: NO_TOKEN },
  { path: '/admin/remove', form: { 'serial[]': 'NOSUCH' }, code: 1102, message: NO_TOKEN },
  { path: '/admin/remove', form: { user: 'nosuch' }, value: 0 },
  { path: '/admin/remove', form: { serial: NUL }, code: 1102 },
  { path: '/admin/delete', form: {}, code: 905 },
  {
    path: '/admin/set',
    form: { serial: 'HOTP1' },
    code: 77,
    message: /^ERR77: Usage: set: parameters are/,
  },
  { path: '/admin/set', form: { serial: 'HOTP1', nosuch: '1' }, code: 77 },
  {
    path: '/admin/set',
    form: { serial: 'HOTP1', MaxFailCount: 'abc' },
    code: -311,
    message: /^\[set\] setting MaxFailCount failed: ValueError/,
  },
  {
    path: '/admin/set',
    form: { serial: 'HOTP1', SyncWindow: 'abc' },
    code: -311,
    message: /^\[set\] setting SyncWindow failed/,
  },
  { path: '/admin/set', form: { serial: 'HOTP1', CounterWindow: '' }, code: -311 },
  { path: '/admin/set', form: { serial: 'HOTP1', OtpLen: '1e9' }, code: -311 },
  { path: '/admin/set', form: { serial: 'HOTP1', pin: 'new', MaxFailCount: 'abc' }, code: -311 },
  { path: '/admin/set', form: { serial: 'HOTP1', MaxFailCount: '99999999999999999999' }, code: -311 },
  { path: '/admin/set', form: { serial: 'NOSUCH', MaxFailCount: '5' }, value: { 'set MaxFailCount': 0 } },
  { path: '/admin/reset', form: { serial: 'NOSUCH' }, value: 0 },
  { path: '/admin/reset', form: {}, value: 0 },
  {
    path: '/admin/resync',
    form: { serial: 'HOTP1' },
    code: 905,
    message: "ERR905: Missing parameter: 'otp1'",
  },
  {
    path: '/admin/resync',
    form: { serial: 'HOTP1', otp1: '000000' },
    code: 905,
    message: "ERR905: Missing parameter: 'otp2'",
  },
  { path: '/admin/resync', form: { serial: 'HOTP1', otp1: '000000', otp2: '111111' }, value: false },
  { path: '/admin/resync', form: { serial: 'HOTP1', otp1: NUL, otp2: LONG }, value: false },
  { path: '/admin/resync', form: { serial: 'NOSUCH', otp1: '000000', otp2: '111111' }, value: false },
  { path: '/admin/show', form: { sortby: 'nosuch' }, code: -311, message: /can't be sorted by nosuch/ },
  { path: '/admin/show', form: { page: '99' }, code: -311, message: /^404 Not Found/ },
  { path: '/validate/check', form: { user: 'nosuch', pass: 'x' }, value: false },
  { path: '/validate/check', form: { user: 'anna', realm: 'nosuch', pass: 'x' }, value: false },
  { path: '/validate/check', form: { user: 'anna', resConf: 'nosuch', pass: 'x' }, value: false },
  { path: '/validate/check', form: { pass: 'x' }, value: false },
  { path: '/validate/check', form: { user: 'anna' }, value: false },
  { path: '/validate/check', form: {}, value: false },
  { path: '/validate/check', form: { user: 'anna', pass: 'x', token_type: 'nosuch' }, value: false },
  { path: '/validate/check_s', form: { serial: 'NOSUCH', pass: 'x' }, value: false },
  { path: '/validate/check_s', form: { pass: 'x' }, value: false },
  { path: '/validate/check_s', form: { serial: 'HOTP1' }, value: false },
  { path: '/audit/search', form: { page: 'x', rp: 'y' } },
];
