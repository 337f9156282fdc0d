import type { CarriedValues } from './carried-values.js';
import type { Json, Recording } from './recordings.js';
import { timeBasedOtp } from './time-based.js';

/** What a client sees of one answer. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Headers;
  readonly text: string;
  /** `undefined`: the body is no JSON. */
  readonly json: Json | undefined;
}

/** Sends the recorded requests as the recorded client did, with our values in place of LinOTP's. */
export class ReplayClient {
  readonly #cookies = new Map<string, string>();
  readonly #url: string;
  readonly #carried: CarriedValues;

  constructor(url: string, carried: CarriedValues) {
    this.#url = url;
    this.#carried = carried;
  }

  async send({ request, at }: Recording): Promise<Answer> {
    const params = this.#fields(request.params ?? {}, new Date(at));
    const query = request.method === 'GET' ? `?${new URLSearchParams(params)}` : '';
    const { body, type } = this.#body(request, params);
    const response = await fetch(`${this.#url}${request.path}${query}`, {
      method: request.method,
      redirect: 'manual',
      headers: { ...this.#sessionHeaders(request), ...(type !== null && { 'content-type': type }) },
      ...(request.method === 'POST' && { body }),
    });
    const text = await response.text();
    // A login brings a session, a session's request may renew it; nobody else's cookies are kept.
    if (request.as === 'admin' || request.as === 'nocsrf' || request.path === '/admin/login')
      this.#keep(response);
    const contentType = response.headers.get('content-type') ?? '';
    return { status: response.status, contentType, headers: response.headers, text, json: jsonOf(text) };
  }

  #fields(params: Readonly<Record<string, string>>, at: Date): Record<string, string> {
    return Object.fromEntries(
      Object.entries(params).map(([name, value]) => {
        const otp = timeBasedOtp(value, at);
        // The same value again is the same OTP again: a replay stays one.
        if (otp && !this.#carried.has(otp.recorded)) this.#carried.learn(otp.recorded, otp.now);
        return [name, this.#carried.inText(value)];
      }),
    );
  }

  #body({ json, multipart }: Recording['request'], params: Record<string, string>) {
    if (json !== undefined) {
      return { body: JSON.stringify(this.#carried.inJson(json)), type: 'application/json' };
    }
    if (!multipart) {
      return { body: new URLSearchParams(params).toString(), type: 'application/x-www-form-urlencoded' };
    }
    const form = new FormData();
    for (const [name, value] of Object.entries(params)) form.append(name, value);
    form.append(multipart.field, new Blob([multipart.content]), multipart.name);
    // With its boundary, which only fetch knows.
    return { body: form, type: null };
  }

  #sessionHeaders({ as, headers }: Recording['request']): Record<string, string> {
    switch (as) {
      case 'badcookie':
        return { cookie: 'access_token_cookie=no.jwt.atall', 'x-csrf-token': 'nothing' };
      case 'anon':
        return headers?.cookie === undefined ? {} : { cookie: this.#carried.inText(headers.cookie) };
      case 'nocsrf':
        return { cookie: this.#cookieHeader() };
      case 'admin':
        return { cookie: this.#cookieHeader(), 'x-csrf-token': this.#cookies.get('csrf_access_token') ?? '' };
    }
  }

  #cookieHeader(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #keep(response: Response): void {
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (name === undefined) continue;
      if (value) this.#cookies.set(name, value);
      else this.#cookies.delete(name);
    }
  }
}

function jsonOf(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
