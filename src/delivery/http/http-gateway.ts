import { randomBytes } from 'node:crypto';

import { Invalid } from '@app/kernel';

import type { TrustedCertificates } from '../../outbound/trusted-certificates.js';
import type { ProviderSettings } from '../provider-settings.js';
import { type TlsMembers, tlsTerms } from '../tls-files.js';
import { digestCredentials } from './digest-credentials.js';
import {
  type HttpAnswer,
  type HttpRequest,
  type HttpRoute,
  type Proxy,
  exchange,
} from '../../outbound/http/http-exchange.js';

/** Which members of a configuration say what. */
export interface HttpMembers {
  readonly url: string;
  /** Whether it lists several, of which the first counts. */
  readonly isList?: boolean;
  readonly proxy: string;
  readonly tls: TlsMembers;
  readonly user?: string;
  readonly password?: string;
  /** `basic`, or `digest`. */
  readonly scheme?: string;
  readonly headers?: string;
}

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly contentType: string;
  readonly body: string;
  /** Added to the URL's query. */
  readonly query: URLSearchParams;
  /** Which one of the URLs that the configuration lists; absent: the one that it has. */
  readonly server?: string;
}

interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Calls the one server that a provider's configuration names. */
export class HttpGateway {
  constructor(private readonly trusted: TrustedCertificates) {}

  /** @throws ServerAway; Invalid naming a member that cannot be used */
  async call(
    settings: ProviderSettings,
    members: HttpMembers,
    { method, contentType, body, query, server }: HttpCall,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const { url, credentials } = serverUrl(settings, members, server);
    for (const [name, value] of query) url.searchParams.append(name, value);
    const route: HttpRoute = {
      tls: await tlsTerms(settings, members.tls, this.trusted),
      proxy: proxyOf(settings, members.proxy, url),
      timeouts: settings.timeouts(),
      signal,
    };
    const headers = {
      'user-agent': 'Twinlock',
      accept: '*/*',
      ...(method === 'POST' && { 'content-type': contentType }),
      ...(members.headers !== undefined && givenHeaders(settings, members.headers)),
    };
    const scheme = members.scheme ? settings.oneOf(members.scheme, ['basic', 'digest'], 'basic') : 'basic';
    const request = { url, method, headers, body: method === 'POST' ? body : '' };
    if (!credentials) return exchange(request, route);
    return scheme === 'digest'
      ? exchangeWithDigest(request, credentials, route)
      : exchange(authorized(request, basic(credentials)), route);
  }
}

function serverUrl(
  settings: ProviderSettings,
  { url: member, isList, user, password }: HttpMembers,
  server: string | undefined,
) {
  const text = server ?? settings.required(member);
  const url = httpUrl((isList ? (text.split(',')[0] ?? '') : text).trim(), member);
  const credentials = userInfo(url, member);
  // Those of the URL count where the configuration names none of its own.
  const own =
    user !== undefined && settings.has(user)
      ? { user: settings.text(user), password: password === undefined ? '' : settings.text(password) }
      : credentials;
  return { url, credentials: own };
}

function httpUrl(text: string, member: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && ['http:', 'https:'].includes(url.protocol)) {
    url.hash = '';
    return url;
  }
  throw new Invalid(member, `${member} is no http or https URL`);
}

/** Takes user and password out of a URL. */
function userInfo(url: URL, member: string): Credentials | null {
  if (url.username === '' && url.password === '') return null;
  try {
    const found = { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
    url.username = '';
    url.password = '';
    return found;
  } catch (cause) {
    throw new Invalid(member, `${member}: a % in user or password must be written %25`, { cause });
  }
}

/** A URL, or one for each protocol as `{"https": "http://proxy:3128"}`. */
function proxyOf(settings: ProviderSettings, member: string, { protocol }: URL): Proxy | null {
  const value = settings.raw(member);
  if (value === undefined || value === null || value === '') return null;
  const isObject = typeof value === 'object';
  const text = isObject ? (settings.texts(member).get(protocol.slice(0, -1)) ?? '') : settings.text(member);
  if (text === '') return null;
  const url = httpUrl(text.includes('://') ? text : `http://${text}`, member);
  const credentials = userInfo(url, member);
  return { url, authorization: credentials && basic(credentials) };
}

function givenHeaders(settings: ProviderSettings, member: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of settings.texts(member)) {
    const lower = name.toLowerCase();
    // How the request is framed is not for a configuration to say.
    if (['host', 'content-length', 'transfer-encoding', 'connection', 'expect', 'upgrade'].includes(lower)) {
      throw new Invalid(member, `${member} must not hold ${lower}`);
    }
    headers[lower] = value;
  }
  return headers;
}

function basic({ user, password }: Credentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function authorized(request: HttpRequest, authorization: string): HttpRequest {
  return { ...request, headers: { ...request.headers, authorization } };
}

async function exchangeWithDigest(
  request: HttpRequest,
  { user, password }: Credentials,
  route: HttpRoute,
): Promise<HttpAnswer> {
  const asked = await exchange(request, route);
  if (asked.status !== 401) return asked;
  const credentials = digestCredentials(asked.headers['www-authenticate'] ?? '', {
    method: request.method,
    uri: request.url.pathname + request.url.search,
    user,
    password,
    cnonce: randomBytes(12).toString('base64url'),
  });
  return credentials === null ? asked : exchange(authorized(request, credentials), route);
}
