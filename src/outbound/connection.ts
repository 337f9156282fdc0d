import { once } from 'node:events';
import { type Socket, connect, isIP } from 'node:net';
import { type SecureContext, connect as connectTls } from 'node:tls';

import { NotReached } from './server-away.js';

/** How a server has to prove who it is. */
export interface TlsTerms {
  readonly context: SecureContext;
  /** `false` only where an administrator has switched it off. */
  readonly isChecked: boolean;
}

/** How long a connection and, after it, an answer may take. */
export interface Timeouts {
  readonly connectMs: number;
  readonly readMs: number;
}

export interface Target {
  readonly host: string;
  readonly port: number;
}

/** Ends when the time of its caller is over, or `ms` are. */
export function within(signal: AbortSignal, ms: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(ms))]);
}

/** A TCP connection; the socket is destroyed when `signal` aborts, however far it got. @throws NotReached */
export async function openSocket({ host, port }: Target, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const socket = connect({ host, port, noDelay: true });
  await happening(socket, 'connect', signal);
  return socket;
}

/** TLS over a socket, the server's certificate and name checked. @throws NotReached */
export async function secureSocket(
  socket: Socket,
  host: string,
  { context, isChecked }: TlsTerms,
  signal: AbortSignal,
): Promise<Socket> {
  const secured = connectTls({
    socket,
    host,
    // RFC 6066 §3: names only.
    servername: isIP(host) > 0 ? '' : host,
    secureContext: context,
    rejectUnauthorized: isChecked,
  });
  await happening(secured, 'secureConnect', signal);
  return secured;
}

async function happening(socket: Socket, event: string, signal: AbortSignal): Promise<void> {
  // An error that nobody listens to ends the process.
  socket.on('error', () => undefined);
  try {
    await once(socket, event, { signal });
  } catch (error) {
    socket.destroy();
    if (signal.aborted) throw new NotReached('no connection in time');
    throw new NotReached(`no connection: ${connectionError(error)}`, { cause: error });
  }
}

/** What the system or OpenSSL says of a connection: names and numbers, nothing that a server wrote. */
export function connectionError(error: unknown): string {
  // Of several addresses of one name that were tried, Node sums up nothing.
  const [first]: unknown[] = error instanceof AggregateError ? error.errors : [];
  const { message, code } = (first ?? error ?? {}) as Partial<NodeJS.ErrnoException>;
  return message || code || 'unknown failure';
}

/** `[::1]` in a URL is the address `::1`. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}
