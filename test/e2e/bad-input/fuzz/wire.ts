import { once } from 'node:events';
import { connect } from 'node:net';

/** A request as it goes over the line. */
export interface WireRequest {
  readonly method: string;
  /** Text of bytes, as the following: `latin1`. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  /** The client is gone before an answer can reach it. */
  readonly isCutShort?: boolean;
}

export interface WireAnswer {
  /** `null`: the connection ended without an answer. */
  readonly status: number | null;
  /** Names in lower case; several of a name are joined by line feeds. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  readonly milliseconds: number;
  /** Ended by us, since nothing came for so long. */
  readonly isLate: boolean;
}

const ANSWER_WITHIN_MS = 30_000;

/** Each on a connection of its own: a request that is none may leave anything behind. */
export function send(port: number, request: WireRequest): Promise<WireAnswer> {
  const started = performance.now();
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    let isLate = false;
    const answered = () => {
      socket.destroy();
      resolve({ ...readAnswer(Buffer.concat(chunks)), milliseconds: performance.now() - started, isLate });
    };
    socket.setTimeout(ANSWER_WITHIN_MS, () => {
      isLate = true;
      answered();
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', answered);
    socket.on('close', answered);
    const lines = request.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    socket.write(`${request.method} ${request.target} HTTP/1.1\r\n${lines}\r\n`, 'latin1');
    // Not ended from this side: a server may take a half-closed connection for a lost one.
    socket.write(request.body, () => {
      if (request.isCutShort) answered();
    });
  });
}

function readAnswer(bytes: Buffer): Pick<WireAnswer, 'status' | 'headers' | 'body'> {
  const end = bytes.indexOf('\r\n\r\n');
  const [first = '', ...lines] = bytes
    .subarray(0, end < 0 ? 0 : end)
    .toString('latin1')
    .split('\r\n');
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(first) ?? [];
  if (status === undefined) return { status: null, headers: new Map(), body: Buffer.alloc(0) };
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:]*):\s*(.*)$/.exec(line) ?? [];
    const known = headers.get(name.toLowerCase());
    headers.set(name.toLowerCase(), known === undefined ? value : `${known}\n${value}`);
  }
  const rest = bytes.subarray(end + 4);
  // What comes before the answer itself.
  if (status === '100') return readAnswer(rest);
  const isChunked = headers.get('transfer-encoding') === 'chunked';
  return { status: Number(status), headers, body: isChunked ? unchunked(rest) : rest };
}

function unchunked(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf('\r\n', at);
    const length = Number.parseInt(bytes.subarray(at, end).toString('latin1'), 16);
    if (end < 0 || !(length > 0)) break;
    parts.push(bytes.subarray(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
  return Buffer.concat(parts);
}

/** What comes on a connection, a byte at a time. */
export const SLOW: Readonly<Record<string, string>> = {
  'a head without an end': `GET /validate/ok HTTP/1.1\r\nHost: localhost\r\n${'X-Slow: 1\r\n'.repeat(1_000)}`,
  'a first line without an end': `GET /${'s'.repeat(10_000)}`,
  'a body that drips': `POST /validate/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\n${'user=anna&'.repeat(6_000)}`,
  'chunks that drip': `POST /validate/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\na\r\n'.repeat(5_000)}`,
  nothing: '',
};
const DRIP_MS = 500;

/** @returns seconds until the server ended the connection, whatever it answered */
export async function dripUntilEnded(port: number, text: string): Promise<number> {
  const started = performance.now();
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.resume();
  // The head of what has a body comes at once: it is the body that is slow.
  const headEnd = text.indexOf('\r\n\r\n');
  let sent = headEnd < 0 ? 0 : headEnd + 4;
  socket.write(text.slice(0, sent));
  const drip = setInterval(() => {
    if (sent < text.length && socket.writable) socket.write(text.charAt(sent++));
  }, DRIP_MS);
  await once(socket, 'close');
  clearInterval(drip);
  return (performance.now() - started) / 1000;
}
