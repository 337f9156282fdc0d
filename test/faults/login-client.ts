import { Agent, request } from 'node:http';

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

/** A gateway: sends logins over connections that it keeps, and takes whatever comes back. */
export class LoginClient {
  readonly #agent = new Agent({ keepAlive: true });

  /** @param url `http://127.0.0.1:<port>` */
  constructor(private readonly url: string) {}

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
      const sent = request(
        new URL(path, this.url),
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
