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
    /** Lets go of what the chunks come from; called whatever happens, also when none was ever asked for. */
    readonly close: () => Promise<void>,
    readonly options: RawReplyOptions = {},
  ) {}
}

/** A client that does not read on for so long is gone: what it keeps open is needed by others. */
const STALLED_MS = 30_000;

export function streamReply(response: ServerResponse, reply: StreamedReply): void {
  const close = () => void reply.close().catch(() => undefined);
  if (response.headersSent) return close();
  const { httpStatus = 200, headers = {} } = reply.options;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.writeHead(httpStatus, ['Content-Type', reply.contentType]);
  response.setTimeout(STALLED_MS, () => response.destroy());
  // A generator that was never begun ends without its own `finally`.
  pipeline(Readable.from(reply.chunks), response, close);
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
