import type { ServerResponse } from 'node:http';

export interface RawReplyOptions {
  readonly httpStatus?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

/** An answer that is ready to be sent: CSV, text, pictures, pages, rendered envelopes. */
export class RawReply {
  readonly httpStatus: number;
  readonly headers: RawReplyOptions['headers'];

  constructor(
    readonly body: string | Buffer,
    readonly contentType: string,
    options?: RawReplyOptions,
  ) {
    this.httpStatus = options?.httpStatus ?? 200;
    this.headers = options?.headers;
  }
}

/** Sends the reply with its length, in one write where the connection takes it; nothing if an answer is under way already. */
export function sendReply(response: ServerResponse, reply: RawReply): void {
  if (response.headersSent) return;
  const { body, headers } = reply;
  if (headers !== undefined) {
    for (const [name, value] of Object.entries(headers)) {
      // Cookies that a guard has set stay.
      if (name.toLowerCase() === 'set-cookie') response.appendHeader(name, value);
      else response.setHeader(name, value);
    }
  }
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  response.writeHead(reply.httpStatus, ['Content-Type', reply.contentType, 'Content-Length', String(length)]);
  response.end(body);
}
