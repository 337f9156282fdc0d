import { isIP } from 'node:net';

import { Invalid, type Secret } from '@app/kernel';
import type { ResolverDefinition } from '@app/realms';

import { type FilterTemplate, type Placeholder, asksFor } from './filter.js';
import { LDAP_PARAMETERS } from './ldap-parameters.js';
import { ATTRIBUTE, parseFilter } from './parse-filter.js';

const PORTS = { 'ldap:': 389, 'ldaps:': 636 } as const;
const USUAL_SECONDS = 5;
const LONGEST_SECONDS = 120;
const LARGEST_SIZE_LIMIT = 1_000_000;
const MOST_SERVERS = 16;
/** Names that stand for a SASL mechanism where ldapts takes a DN. */
const SASL_MECHANISMS = ['EXTERNAL', 'PLAIN', 'DIGEST-MD5', 'SCRAM-SHA-1'];

export interface LdapServer {
  /** `ldap://host:389`, for messages. */
  readonly uri: string;
  readonly host: string;
  readonly port: number;
  /** How the connection is protected, and when. */
  readonly tls: 'from the start' | 'by StartTLS' | 'none';
}

/** What a user id is: an entry's DN, an objectGUID in hexadecimal digits, or the value of an attribute. */
export type UserIdSource =
  | { readonly kind: 'dn' }
  | { readonly kind: 'guid'; readonly attribute: string; readonly lookup: 'by base' | 'by filter' }
  | { readonly kind: 'attribute'; readonly attribute: string };

/** The settings of an LDAP resolver (spec/system-api §4.3), read and found to make sense. */
export interface LdapSettings {
  readonly servers: readonly LdapServer[];
  readonly base: string;
  readonly bindDn: string;
  readonly bindPassword: Secret | null;
  readonly loginAttribute: string;
  readonly loginFilter: FilterTemplate;
  readonly listFilter: FilterTemplate;
  /** Whether `%(now)s` counts as Active Directory does. */
  readonly countsTimeAsAd: boolean;
  /** Attributes by the fields of users, as they were written; `username` is always there. */
  readonly fields: ReadonlyMap<string, string>;
  readonly userId: UserIdSource;
  readonly checksCertificates: boolean;
  readonly connectMs: number;
  readonly responseMs: number;
  readonly sizeLimit: number;
}

/** What tokens' owners are known by: `dn`, `objectguid` … */
export function userIdSourceName(parameters: Readonly<Record<string, string>>): string {
  return textOf(parameters, 'UIDTYPE').toLowerCase();
}

/** @throws Invalid that names the first parameter that cannot be used */
export function parseLdapSettings({
  parameters,
  secrets,
}: Pick<ResolverDefinition, 'parameters' | 'secrets'>): LdapSettings {
  const text = (name: string) => textOf(parameters, name);
  const startTls = parseSwitch('EnforceTLS', text('EnforceTLS'));
  const loginAttribute = parseAttribute('LOGINNAMEATTRIBUTE', text('LOGINNAMEATTRIBUTE'));
  const [connectMs, responseMs] = parseTimeout(text('TIMEOUT'));
  const filters = ['LDAPFILTER', 'LDAPSEARCHFILTER'].map(text).join('');
  // Nothing depends on it, but what is no boolean is a mistake.
  parseSwitch('NOREFERRALS', text('NOREFERRALS'));
  return {
    servers: parseServers(text('LDAPURI'), startTls),
    base: text('LDAPBASE'),
    bindDn: parseBindDn(text('BINDDN')),
    bindPassword: secrets['BINDPW'] ?? null,
    loginAttribute,
    loginFilter: parseLoginFilter(text('LDAPFILTER')),
    listFilter: parsedFilter('LDAPSEARCHFILTER', text('LDAPSEARCHFILTER'), ['now']),
    countsTimeAsAd: /sAMAccountName/i.test(filters),
    fields: parseFields(text('USERINFO'), loginAttribute),
    userId: parseUserIdSource(text('UIDTYPE'), parseSwitch('PROXY', text('PROXY'))),
    checksCertificates: parseSwitch('only_trusted_certs', text('only_trusted_certs')),
    connectMs,
    responseMs,
    sizeLimit: parseSizeLimit(text('SIZELIMIT')),
  };
}

function textOf(parameters: Readonly<Record<string, string>>, name: string): string {
  const given = parameters[name]?.trim();
  if (given) return given;
  return LDAP_PARAMETERS.find((parameter) => parameter.name === name)?.fallback ?? '';
}

function parseServers(text: string, startTls: boolean): LdapServer[] {
  const uris = text.split(',').map((uri) => uri.trim());
  const servers = uris.filter((uri) => uri !== '').map((uri) => parseServer(uri, startTls));
  if (servers.length === 0) throw new Invalid('LDAPURI', 'LDAPURI names no server');
  if (servers.length > MOST_SERVERS) throw new Invalid('LDAPURI', `more than ${MOST_SERVERS} servers`);
  return servers;
}

function parseServer(text: string, startTls: boolean): LdapServer {
  const url = URL.canParse(text) ? new URL(text) : null;
  const protocol = url?.protocol;
  if (!url || (protocol !== 'ldap:' && protocol !== 'ldaps:')) {
    throw new Invalid(
      'LDAPURI',
      'unsupported protocol: a server is ldap://host[:port] or ldaps://host[:port]',
    );
  }
  const { hostname, username, password, pathname, search, hash } = url;
  const isBare = [username, password, search, hash].every((part) => part === '') && /^\/?$/.test(pathname);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const isHost = isIP(host) > 0 || /^[\w-]+(\.[\w-]+)*\.?$/.test(host);
  const port = url.port === '' ? PORTS[protocol] : Number(url.port);
  if (!isBare || !isHost || port === 0) {
    throw new Invalid('LDAPURI', 'a server is ldap://host[:port] or ldaps://host[:port], and nothing more');
  }
  const tls = protocol === 'ldaps:' ? 'from the start' : startTls ? 'by StartTLS' : 'none';
  return { uri: `${protocol}//${hostname}:${port}`, host, port, tls };
}

function parseBindDn(text: string): string {
  if (SASL_MECHANISMS.includes(text)) throw new Invalid('BINDDN', 'BINDDN is the name of an account');
  return text;
}

function parseLoginFilter(text: string): FilterTemplate {
  const template = parsedFilter('LDAPFILTER', text, ['login', 'now']);
  // It would find the same person for every login.
  if (!asksFor(template, 'login')) throw new Invalid('LDAPFILTER', 'LDAPFILTER has no %s for the login');
  return template;
}

function parsedFilter(name: string, text: string, placeholders: readonly Placeholder[]): FilterTemplate {
  try {
    return parseFilter(text, placeholders);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : 'malformed';
    throw new Invalid(name, `${name} is no filter: ${problem}`, { cause });
  }
}

function parseFields(text: string, loginAttribute: string): ReadonlyMap<string, string> {
  const fields = new Map([['username', loginAttribute]]);
  for (const [field, attribute] of Object.entries(parseObject('USERINFO', text))) {
    if (attribute === '' || attribute === null) continue;
    if (typeof attribute !== 'string') throw new Invalid('USERINFO', 'an attribute in USERINFO is no text');
    fields.set(field, parseAttribute('USERINFO', attribute));
  }
  return fields;
}

function parseObject(name: string, text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Invalid(name, `${name} is no JSON`, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Invalid(name, `${name} is no JSON object`);
}

function parseAttribute(name: string, text: string): string {
  const attribute = text.trim();
  if (ATTRIBUTE.test(attribute)) return attribute;
  throw new Invalid(name, `${name} holds what is no name of an attribute`);
}

function parseUserIdSource(text: string, isProxied: boolean): UserIdSource {
  const attribute = parseAttribute('UIDTYPE', text);
  switch (attribute.toLowerCase()) {
    case 'dn':
      return { kind: 'dn' };
    case 'objectguid':
      return { kind: 'guid', attribute: 'objectGUID', lookup: isProxied ? 'by filter' : 'by base' };
    default:
      return { kind: 'attribute', attribute };
  }
}

function parseSwitch(name: string, text: string): boolean {
  const word = text.toLowerCase();
  if (['true', 'yes', 'on', '1'].includes(word)) return true;
  if (['false', 'no', 'off', '0'].includes(word)) return false;
  throw new Invalid(name, `${name} is either True or False`);
}

/** @returns milliseconds for the network and for an answer */
function parseTimeout(text: string): readonly [number, number] {
  const [network = '', response = network, ...rest] = text.split(';').map((part) => part.trim());
  if (rest.length > 0) throw new Invalid('TIMEOUT', 'TIMEOUT is network[;response] in seconds');
  return [milliseconds(network), milliseconds(response)];
}

function milliseconds(text: string): number {
  const isNumber = /^(-1(\.0*)?|\d{1,6}(\.\d{1,6})?)$/.test(text);
  const seconds = Number(text) < 0 ? USUAL_SECONDS : Number(text);
  if (!isNumber || seconds <= 0 || seconds > LONGEST_SECONDS) {
    throw new Invalid('TIMEOUT', `TIMEOUT is network[;response] in seconds, up to ${LONGEST_SECONDS}, or -1`);
  }
  return Math.ceil(seconds * 1000);
}

function parseSizeLimit(text: string): number {
  const limit = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > LARGEST_SIZE_LIMIT) {
    throw new Invalid('SIZELIMIT', `SIZELIMIT is a number from 1 to ${LARGEST_SIZE_LIMIT}`);
  }
  return limit;
}
