import http from 'node:http';
import https from 'node:https';

import type { Fields } from '../support/clients/admin-agent.js';

export interface LoginAnswer {
  /** `null`: the connection ended without an answer. */
  readonly status: number | null;
  readonly text: string;
  /** `true` for an acceptance and nothing else, whatever the endpoint. */
  readonly isAccepted: boolean;
  readonly milliseconds: number;
  /** As they are set. */
  readonly cookies: readonly string[];
}

export interface ClientOptions {
  /** Whoever shows a certificate by this authority (PEM) is the server. */
  readonly authority?: string;
  /** Of 127.0.0.0/8: where it comes from. */
  readonly address?: string;
}

/** A gateway: sends logins over connections that it keeps, and takes whatever comes back. */
export class LoginClient {
  readonly #agent: http.Agent;

  /** @param url `http://127.0.0.1:<port>`, or the same by HTTPS */
  constructor(
    private readonly url: string,
    { authority, address }: ClientOptions = {},
  ) {
    const options = { keepAlive: true, ...(address !== undefined && { localAddress: address }) };
    this.#agent = url.startsWith('https:')
      ? new https.Agent({ ...options, ...(authority !== undefined && { ca: authority }) })
      : new http.Agent(options);
  }

  /** Opens connections, so that none of what follows waits for its own. */
  async warmUp(connections: number): Promise<void> {
    await Promise.all(Array.from({ length: connections }, () => this.post('/validate/ok', {})));
  }

  /** Never throws: a broken connection is an answer, too. */
  post(path: string, form: Fields, headers: Fields = {}): Promise<LoginAnswer> {
    const body = new URLSearchParams(form).toString();
    const started = performance.now();
    return new Promise((resolve) => {
      const answered = (status: number | null, text: string, cookies: readonly string[] = []) =>
        resolve({
          status,
          text,
          isAccepted: isAcceptance(status, text),
          milliseconds: performance.now() - started,
          cookies,
        });
      const url = new URL(path, this.url);
      const { request } = url.protocol === 'https:' ? https : http;
      const sent = request(
        url,
        {
          method: 'POST',
          agent: this.#agent,
          headers: {
            'Content-Type': 'application/x-www-form-urlencoded',
            'Content-Length': Buffer.byteLength(body),
            ...headers,
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            answered(
              response.statusCode ?? null,
              Buffer.concat(chunks).toString('utf8'),
              response.headers['set-cookie'],
            ),
          );
          response.on('error', () => answered(null, ''));
        },
      );
      sent.on('error', () => answered(null, ''));
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** As a gateway reads it: anything that might be taken for a yes counts as one. */
function isAcceptance(status: number | null, text: string): boolean {
  return status !== null && (text.includes(':-)') || /"(?:value|auth)":\s*true/.test(text));
}
