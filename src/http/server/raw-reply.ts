import type { ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';

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

/** An answer that is made while it is sent, of any size. What it needs is asked for no faster than the client reads. */
export class StreamedReply {
  constructor(
    /** When it fails, the connection ends: a client never takes a part for the whole. */
    readonly chunks: AsyncIterable<string>,
    readonly contentType: string,
    readonly options: RawReplyOptions = {},
  ) {}
}

export function streamReply(response: ServerResponse, reply: StreamedReply): void {
  if (response.headersSent) return;
  const { httpStatus = 200, headers = {} } = reply.options;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.writeHead(httpStatus, ['Content-Type', reply.contentType]);
  // Whatever ends it, the pipeline has closed both sides.
  pipeline(Readable.from(reply.chunks), response, () => undefined);
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
