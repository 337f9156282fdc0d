import type { Dice } from '../../../support/audit/dice.js';
import { RFC_KEY_HEX, hotpAt } from '../../../support/clients/otp.js';

/** Seed of the tokens. */
export const KEY = 'f00dcafe0123456789abcdef0123456789abcdef';
/** PINs of tokens, and what must turn up nowhere. */
export const PIN = 'Fuzz-Canary-Pin-83';

/** Values that mean something, by the names of parameters: behind them, functions get further than to their first check. */
const USUAL: Readonly<Record<string, readonly string[]>> = {
  user: ['anna', 'anna', 'hans', 'berta@beta', 'nobody'],
  login: ['anna', 'anna@alpha', 'berta@beta'],
  username: ['anna', 'admin', '*'],
  realm: ['alpha', 'alpha', 'beta', 'nosuch'],
  realms: ['alpha', 'alpha,beta'],
  serial: ['ANNA1', 'ANNA1', 'ANNA2', 'ANNA5', 'ANNA6', 'HANS1', 'BERTA1', 'FREE1', 'NOSUCH', 'ANNA*'],
  pass: [`${PIN}${hotpAt(0, { keyHex: KEY })}`, PIN, '123456', `${PIN}000000`],
  password: ['password', 'wrong'],
  otp: [hotpAt(0, { keyHex: KEY }), hotpAt(5, { keyHex: KEY }), '000000'],
  otp1: [hotpAt(1, { keyHex: KEY })],
  otp2: [hotpAt(2, { keyHex: KEY })],
  otpkey: [RFC_KEY_HEX],
  genkey: ['1'],
  type: [
    'hmac',
    'hmac',
    'totp',
    'totp',
    'pw',
    'spass',
    'motp',
    'sms',
    'email',
    'qr',
    'push',
    'ocra2',
    'fido2',
    'u2f',
    'passwdresolver',
  ],
  otplen: ['6'],
  hashlib: ['sha1'],
  timeStep: ['30'],
  page: ['1'],
  rp: ['5'],
  pagesize: ['5'],
  pageSize: ['5'],
  sortby: ['serial', 'username'],
  sortBy: ['serial', 'username'],
  sortdir: ['asc', 'desc'],
  sortorder: ['asc', 'desc'],
  action: ['otppin=0', 'enrollHMAC'],
  name: ['fuzzed', 'self', 'file'],
  resolver: ['managed', 'file'],
  resolvers: ['useridresolver.PasswdIdResolver.IdResolver.file'],
  transactionid: ['123456789012', '123456789012.01'],
  state: ['123456789012'],
  count: ['3'],
  from: ['2026-01-01', '01/01/26 00:00'],
  to: ['2026-12-31'],
  dryrun: ['true'],
};

/** What goes with some parameters, by how their names begin: without it, nobody reads them. */
const FITTING: readonly (readonly [RegExp, Readonly<Record<string, string>>])[] = [
  [
    /^remote\./,
    {
      type: 'remote',
      'remote.server': 'http://127.0.0.1:9',
      'remote.user': 'anna',
      'remote.local_checkpin': '1',
    },
  ],
  [
    /^radius\./,
    { type: 'radius', 'radius.server': '127.0.0.1:9', 'radius.user': 'anna', 'radius.secret': 'x' },
  ],
  [/^forward\./, { type: 'forward', serial: 'FORWARD1' }],
  [/^yubico\./, { type: 'yubico', serial: 'YUBICO1' }],
  [
    /^(ocra|sharedsecret|callback|no_callback|challenge_type)/,
    { type: 'ocra2', serial: 'ANNA6', data: 'a text' },
  ],
  [/^otppin$/, { type: 'motp', otpkey: 'abcdef0123456789', otppin: '1234', serial: 'ANNA4' }],
  [/^attestationResponse$/, { type: 'fido2', serial: 'ANNANEWKEY' }],
  [/^use_offline$/, { pass: PIN }],
  [/^content_type$/, { serial: 'ANNAQR', pass: PIN, data: 'a text' }],
  [/^phone$/, { type: 'sms', serial: 'PHONE1' }],
  [/^email/, { type: 'email', serial: 'EMAIL1' }],
  [/^public_uid$/, { type: 'yubikey', otplen: '44', otpkey: '0badcafe0badcafe0badcafe0badcafe' }],
  [
    /^(LDAP|BIND|LOGINNAME|NOREFERRALS|UIDTYPE|CACERT)/,
    {
      type: 'ldapresolver',
      name: 'fuzzed',
      LDAPURI: 'ldap://127.0.0.1:9',
      LDAPBASE: 'dc=x',
      BINDPW: 'x',
      BINDDN: 'x',
    },
  ],
  [
    /^(Server|Driver|Port|Database|User|Password|Table|Map|Where|Encoding|conParams|Limit|Connect)/,
    {
      type: 'sqlresolver',
      name: 'fuzzed',
      Server: '127.0.0.1',
      Port: '9',
      Driver: 'postgresql',
      Database: 'x',
      Table: 'x',
    },
  ],
  [/^fileName$/, { type: 'passwdresolver', name: 'fuzzed' }],
  [/^time(Step|Window|Shift)$/, { type: 'totp', serial: 'ANNA2', otpkey: RFC_KEY_HEX }],
  [
    /^(otpkey|otplen|hashlib|description|pin|scope|rollout|prefix|enable)$/,
    { type: 'hmac', genkey: '1', user: 'anna' },
  ],
];

/** Values of other parameters with which one is read at all. */
export function fittingValues(parameter: string | null): ReadonlyMap<string, string> {
  const [, values = {}] = FITTING.find(([names]) => parameter !== null && names.test(parameter)) ?? [];
  return new Map(Object.entries(values).filter(([name]) => name !== parameter));
}

/** What is right of a world that runs: ids of transactions, answers of devices. */
export type LiveValues = Readonly<Record<string, readonly string[]>>;

/** Whether something is known that it may be. */
export function isUsual(name: string, live: LiveValues = {}): boolean {
  return Object.hasOwn(USUAL, name) || Object.hasOwn(live, name);
}

/** @returns something that fits a name; a word where nothing is known of it */
export function usualValue(name: string, dice: Dice, live: LiveValues = {}): string {
  const [ours = [], theirs = []] = [USUAL, live].map((of) => (Object.hasOwn(of, name) ? of[name] : []));
  const known = dice.roll(2) === 0 && theirs.length > 0 ? theirs : ours.length > 0 ? ours : theirs;
  return dice.pick(known.length > 0 ? known : ['fuzz', '1', 'True']);
}

/** A file that one of the imports takes. */
export const USUAL_FILE =
  '[fuzzed]\nscope = selfservice\naction = reset\nrealm = *\nuser = *\nactive = True\n';
