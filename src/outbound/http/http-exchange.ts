import http, { type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

import { Invalid } from '@app/kernel';

import {
  type Timeouts,
  type TlsTerms,
  connectionError,
  hostOf,
  openSocket,
  secureSocket,
  within,
} from '../connection.js';
import { NotReached, ServerAway } from '../server-away.js';

/** Most answer in a line or two. */
const LONGEST_ANSWER_BYTES = 16 * 1024;

export interface HttpRequest {
  /** Without user and password. */
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The way to a server. */
export interface HttpRoute {
  readonly tls: TlsTerms;
  readonly proxy: Proxy | null;
  readonly timeouts: Timeouts;
  readonly signal: AbortSignal;
  /** So much of an answer is read. */
  readonly longestAnswerBytes?: number;
}

export interface Proxy {
  readonly url: URL;
  /** The value of Proxy-Authorization. */
  readonly authorization: string | null;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** As far as it was read. */
  readonly body: string;
  /** `false`: there is more of it than anybody wants to read. */
  readonly isWhole: boolean;
}

/**
 * One request on one connection and its answer, whatever that says: redirects are not followed.
 *
 * @throws ServerAway; Invalid for a header that is none
 */
export async function exchange(request: HttpRequest, route: HttpRoute): Promise<HttpAnswer> {
  const { timeouts, signal, longestAnswerBytes = LONGEST_ANSWER_BYTES } = route;
  const isPlain = request.url.protocol === 'http:';
  const socket = await connection(request.url, route, within(signal, timeouts.connectMs));
  const viaProxy = isPlain ? route.proxy : null;
  const { host, pathname, search, href } = request.url;
  const options = {
    method: request.method,
    // RFC 9112 §3.2.2: a proxy gets the whole address.
    path: viaProxy ? href : pathname + search,
    headers: {
      ...request.headers,
      host,
      ...(viaProxy?.authorization && { 'proxy-authorization': viaProxy.authorization }),
      ...(request.method === 'POST' && { 'content-length': String(Buffer.byteLength(request.body)) }),
      connection: 'close',
    },
    createConnection: () => socket,
  };
  try {
    return await ask(options, request.body, within(signal, timeouts.readMs), longestAnswerBytes);
  } finally {
    socket.destroy();
  }
}

function ask(
  options: http.RequestOptions,
  body: string,
  signal: AbortSignal,
  longestBytes: number,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const away = (error: unknown) =>
      reject(
        new ServerAway(signal.aborted ? 'no answer in time' : `no answer: ${connectionError(error)}`, {
          cause: error,
        }),
      );
    let request: http.ClientRequest;
    try {
      request = http.request({ ...options, signal });
    } catch (cause) {
      // Its text would show the header.
      reject(new Invalid('HEADERS', 'HEADERS holds what no HTTP header may hold', { cause }));
      return;
    }
    request.on('error', away);
    request.on('response', (response) => {
      readAnswer(response, longestBytes).then(resolve, away);
    });
    // Switching protocols is no answer.
    request.on('upgrade', () => away(new Error('another protocol')));
    request.end(body);
  });
}

async function readAnswer(response: IncomingMessage, longestBytes: number): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > longestBytes) break;
  }
  const isWhole = size <= longestBytes;
  const body = Buffer.concat(chunks).subarray(0, longestBytes).toString('utf8');
  return { status: response.statusCode ?? 0, headers: response.headers, body, isWhole };
}

/** A connection over which HTTP can be spoken with the server, or with its proxy where no TLS is wanted. */
async function connection(url: URL, { tls, proxy }: HttpRoute, signal: AbortSignal): Promise<Socket> {
  const isPlain = url.protocol === 'http:';
  const first = await connectTo(proxy?.url ?? url, tls, signal, proxy !== null);
  if (isPlain) return first;
  const tunnel = proxy ? await openTunnel(first, url, proxy, signal) : first;
  return secureSocket(tunnel, hostOf(url), tls, signal);
}

async function connectTo(url: URL, tls: TlsTerms, signal: AbortSignal, isProxy: boolean): Promise<Socket> {
  const isSecure = url.protocol === 'https:';
  const socket = await openSocket({ host: hostOf(url), port: portOf(url) }, signal);
  // A proxy is spoken to over TLS where its own URL says so; the server, once the way to it is open.
  return isProxy && isSecure ? secureSocket(socket, hostOf(url), tls, signal) : socket;
}

function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

/** RFC 9110 §9.3.6. */
async function openTunnel(
  socket: Socket,
  target: URL,
  { authorization }: Proxy,
  signal: AbortSignal,
): Promise<Socket> {
  const path = `${target.hostname}:${portOf(target)}`;
  const headers = { host: path, ...(authorization && { 'proxy-authorization': authorization }) };
  try {
    await new Promise<void>((resolve, reject) => {
      const request = http.request({
        method: 'CONNECT',
        path,
        headers,
        createConnection: () => socket,
        signal,
      });
      request.on('error', reject);
      request.on('response', ({ statusCode = 0 }) => reject(new Error(`HTTP status ${statusCode}`)));
      request.on('connect', ({ statusCode = 0 }, _socket, head: Buffer) => {
        // What comes before the handshake is not the server's.
        if (statusCode >= 200 && statusCode < 300 && head.length === 0) resolve();
        else reject(new Error(`HTTP status ${statusCode}`));
      });
      request.end();
    });
    return socket;
  } catch (cause) {
    socket.destroy();
    const what = signal.aborted ? 'no connection in time' : connectionError(cause);
    throw new NotReached(`the proxy opens no way: ${what}`, { cause });
  }
}
