import { type Socket, connect, isIP } from 'node:net';
import { type SecureContext, connect as connectTls } from 'node:tls';

import type { LdapServer } from './ldap-settings.js';
import { ServerFailure, messageOf } from './server-failure.js';

/** RFC 4511 §4.14.1: an extended request with message id 1 and the object identifier of StartTLS. */
const START_TLS = Buffer.concat([
  Buffer.from('301d02010177188016', 'hex'),
  Buffer.from('1.3.6.1.4.1.1466.20037'),
]);
/** Message id 1, and an extended response. */
const RESPONSE_START = Buffer.from('02010178', 'hex');
const LONGEST_RESPONSE_BYTES = 4096;
const KEEP_ALIVE_MS = 30_000;

/** How a server has to prove who it is; `null`: it need not. */
export type Trust = { context(): Promise<SecureContext> } | null;

/**
 * A connection to a server over which LDAP can be spoken at once: with TLS where it has to be, the server's certificate
 * and name checked. ldapts would upgrade connections itself, but waits for ever there, and keeps what arrived in the clear
 * before the handshake: whoever sits on the line could put an answer to the bind in front of the server's own.
 *
 * @param ms for everything together
 * @throws ServerFailure
 */
export async function openSocket(server: LdapServer, trust: Trust, ms: number): Promise<Socket> {
  const opened: Socket[] = [];
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new ServerFailure('unreachable', 'no connection in time')), ms);
  });
  const opening = openStepByStep(server, trust, opened);
  try {
    return await Promise.race([opening, tooLate]);
  } catch (error) {
    for (const socket of opened) socket.destroy();
    // It may get there after the time is over.
    opening.then((socket) => socket.destroy()).catch(() => undefined);
    if (error instanceof ServerFailure) throw error;
    throw new ServerFailure('unreachable', messageOf(error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** @param opened gets every socket as soon as there is one */
async function openStepByStep(server: LdapServer, trust: Trust, opened: Socket[]): Promise<Socket> {
  const secureContext = server.tls === 'none' ? undefined : await trust?.context();
  const plain = connect({ host: server.host, port: server.port, noDelay: true });
  opened.push(plain);
  // An error that nobody listens to ends the process; whoever waits for something listens beside this.
  plain.on('error', () => undefined);
  await happening(plain, 'connect');
  plain.setKeepAlive(true, KEEP_ALIVE_MS);
  if (server.tls === 'none') return plain;
  if (server.tls === 'by StartTLS') await startTls(plain);
  const { host } = server;
  const secured = connectTls({
    socket: plain,
    host,
    // RFC 6066 §3: names only.
    servername: isIP(host) > 0 ? '' : host,
    rejectUnauthorized: trust !== null,
    secureContext,
  });
  opened.push(secured);
  secured.on('error', () => undefined);
  await happening(secured, 'secureConnect');
  return secured;
}

async function happening(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const settle = (act: () => void) => () => {
      socket.off(event, succeeded).off('error', failed).off('close', closed);
      act();
    };
    const succeeded = settle(resolve);
    const failed = (error: Error) => settle(() => reject(error))();
    const closed = settle(() => reject(new Error('the server broke the connection off')));
    socket.once(event, succeeded).once('error', failed).once('close', closed);
  });
}

async function startTls(socket: Socket): Promise<void> {
  const response = await new Promise<Buffer>((resolve, reject) => {
    let received = Buffer.alloc(0);
    const settle = (act: () => void) => {
      socket.off('data', onData).off('error', onError).off('close', onClose);
      socket.pause();
      act();
    };
    const onData = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const length = messageLength(received);
      if (received.length > LONGEST_RESPONSE_BYTES) settle(() => reject(new Error('no answer to StartTLS')));
      else if (length !== null && received.length >= length) settle(() => resolve(received));
    };
    const onError = (error: Error) => settle(() => reject(error));
    const onClose = () => settle(() => reject(new Error('the server broke the connection off')));
    socket.on('data', onData).on('error', onError).on('close', onClose);
    socket.write(START_TLS);
  });
  const result = startTlsResult(response);
  if (result !== 0) throw new Error(`the server refuses StartTLS, with result ${result ?? 'unknown'}`);
}

/** Of the first message in it (X.690 §8.1.3), with its head; `null`: not known yet. */
function messageLength(bytes: Buffer): number | null {
  const [, first] = bytes;
  if (first === undefined) return null;
  if (first < 0x80) return 2 + first;
  const digits = first & 0x7f;
  if (bytes.length < 2 + digits) return null;
  return digits >= 1 && digits <= 4 ? 2 + digits + bytes.readUIntBE(2, digits) : 0;
}

/** @returns `null` unless it is exactly one answer to StartTLS, and nothing after it */
export function startTlsResult(bytes: Buffer): number | null {
  if (bytes[0] !== 0x30 || messageLength(bytes) !== bytes.length) return null;
  const start = bytes.indexOf(RESPONSE_START);
  const headLength = 2 + ((bytes[1] ?? 0) < 0x80 ? 0 : (bytes[1] ?? 0) & 0x7f);
  if (start !== headLength) return null;
  const content = bytes.subarray(start + RESPONSE_START.length - 1);
  const length = messageLength(content);
  // resultCode comes first: an enumeration of one byte.
  const result = content.subarray(2 + ((content[1] ?? 0) < 0x80 ? 0 : (content[1] ?? 0) & 0x7f));
  if (length !== content.length || result[0] !== 0x0a || result[1] !== 1) return null;
  return result[2] ?? null;
}
