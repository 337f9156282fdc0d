import type { RemoteAnswer } from '@app/authentication';
import { Invalid } from '@app/kernel';

import { exchange } from '../outbound/http/http-exchange.js';
import { ServerAway } from '../outbound/server-away.js';
import type { TrustedCertificates } from '../outbound/trusted-certificates.js';
import type { RemoteProtocol, RemoteQuestion } from './remote-servers.js';

/** A challenge may carry a picture. */
const LONGEST_ANSWER_BYTES = 256 * 1024;
/** No limit beside that of the whole question, which its signal keeps. */
const PATIENCE_MS = 3_600_000;
const CHECKED = 'verify_ssl_certificate';

/**
 * A server that speaks the API of LinOTP's `/validate/check` (spec/validate-api §2.11). Certificates are checked unless the
 * URL says `verify_ssl_certificate=false`. Redirects are not followed.
 */
export class HttpRemote implements RemoteProtocol {
  constructor(private readonly trusted: TrustedCertificates) {}

  async ask({ server, login, realm, password, options, signal }: RemoteQuestion): Promise<RemoteAnswer> {
    const url = new URL(server.url);
    const isChecked = url.searchParams.get(CHECKED)?.trim().toLowerCase() !== 'false';
    url.searchParams.delete(CHECKED);
    const form = new URLSearchParams([...options, ['user', login], ['pass', password]]);
    if (realm !== '') form.set('realm', realm);
    const { user } = server;
    const answer = await exchange(
      {
        url,
        method: 'POST',
        headers: {
          'user-agent': 'Twinlock',
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
          ...(user && { authorization: basic(user) }),
        },
        body: form.toString(),
      },
      {
        tls: { isChecked, context: await this.#context() },
        proxy: null,
        timeouts: { connectMs: PATIENCE_MS, readMs: PATIENCE_MS },
        signal,
        longestAnswerBytes: LONGEST_ANSWER_BYTES,
      },
    );
    const { status, body, isWhole } = answer;
    if (status >= 500) throw new ServerAway(`HTTP status ${status}`);
    if (status !== 200) return failed(`HTTP status ${status}`);
    if (!isWhole) return failed('its answer is too long');
    return readAnswer(body);
  }

  async #context() {
    try {
      return await this.trusted.context();
    } catch (cause) {
      throw new Invalid('TWINLOCK_TLS_CA_FILE', 'the file of trusted certificates cannot be used', { cause });
    }
  }
}

/** Nobody is let in but by `true` itself, and by nothing beside it. */
function readAnswer(body: string): RemoteAnswer {
  const { result, detail } = asObject(parsed(body));
  const { status, value } = asObject(result);
  if (status !== true || typeof value !== 'boolean') return failed('its answer is none to a login');
  if (detail !== undefined && detail !== null) return { kind: 'detail', detail: asObject(detail) };
  return { kind: value ? 'accepted' : 'rejected' };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Readonly<Record<string, unknown>>) : {};
}

function basic({ name, password }: { readonly name: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}

function failed(reason: string): RemoteAnswer {
  return { kind: 'failed', reason };
}
