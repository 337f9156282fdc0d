import { Invalid } from '@app/kernel';

import { exchange } from '../outbound/http/http-exchange.js';
import { ServerAway } from '../outbound/server-away.js';
import type { TrustedCertificates } from '../outbound/trusted-certificates.js';

/** A challenge may carry a picture. */
const LONGEST_ANSWER_BYTES = 256 * 1024;
/** No limit beside that of the whole question, which its signal keeps. */
const PATIENCE_MS = 3_600_000;

export interface LinotpQuestion {
  readonly url: URL;
  readonly form: URLSearchParams;
  /** Whether its certificate is. */
  readonly isChecked: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** What an answer to a login says; `null`: it has no such part. Or why it is none. */
export type LinotpReply =
  | { readonly value: boolean; readonly detail: Readonly<Record<string, unknown>> | null }
  | { readonly reason: string };

/** Servers that speak the API of LinOTP's `/validate/*`. Redirects are not followed. */
export class LinotpServers {
  constructor(private readonly trusted: TrustedCertificates) {}

  /** @throws ServerAway; Invalid where no certificate can be checked */
  async post({ url, form, isChecked, headers, signal }: LinotpQuestion): Promise<LinotpReply> {
    const { status, body, isWhole } = await exchange(
      {
        url,
        method: 'POST',
        headers: {
          'user-agent': 'Twinlock',
          'content-type': 'application/x-www-form-urlencoded',
          ...headers,
        },
        body: form.toString(),
      },
      {
        tls: { isChecked, context: await trustedContext(this.trusted) },
        proxy: null,
        timeouts: { connectMs: PATIENCE_MS, readMs: PATIENCE_MS },
        signal,
        longestAnswerBytes: LONGEST_ANSWER_BYTES,
      },
    );
    if (status >= 500) throw new ServerAway(`HTTP status ${status}`);
    if (status !== 200) return { reason: `HTTP status ${status}` };
    return isWhole ? readReply(body) : { reason: 'its answer is too long' };
  }
}

/** @throws Invalid naming the setting */
export async function trustedContext(trusted: TrustedCertificates) {
  try {
    return await trusted.context();
  } catch (cause) {
    throw new Invalid('TWINLOCK_TLS_CA_FILE', 'the file of trusted certificates cannot be used', { cause });
  }
}

export function failed(reason: string): { readonly kind: 'failed'; readonly reason: string } {
  return { kind: 'failed', reason };
}

function readReply(body: string): LinotpReply {
  const { result, detail } = asObject(parsed(body));
  const { status, value } = asObject(result);
  if (status !== true || typeof value !== 'boolean') return { reason: 'its answer is none to a login' };
  return { value, detail: detail === undefined || detail === null ? null : asObject(detail) };
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
