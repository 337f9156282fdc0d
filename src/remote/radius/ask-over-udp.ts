import { type Socket, createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';

import { type Target, connectionError } from '../../outbound/connection.js';
import { ServerAway } from '../../outbound/server-away.js';

export interface UdpQuestion<T> {
  readonly packet: Buffer;
  /** @returns `null` for what is no answer to it */
  readonly read: (datagram: Buffer) => T | null;
  readonly target: Target;
  /** When it is sent again; doubled each time. */
  readonly resendMs: number;
}

/**
 * Sends a packet until it is answered, or its time is over. Each question has a socket of its own, on a port that the system
 * draws, and hears its server alone: no answer can be taken for that to another question.
 *
 * @throws ServerAway
 */
export async function askOverUdp<T>(question: UdpQuestion<T>, signal: AbortSignal): Promise<T> {
  const { host, port } = question.target;
  let socket: Socket | undefined;
  try {
    const { address, family } = await lookup(host);
    signal.throwIfAborted();
    socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    return await conversation(socket, { host: address, port }, question, signal);
  } catch (error) {
    if (error instanceof ServerAway) throw error;
    throw new ServerAway(signal.aborted ? 'no answer in time' : `no answer: ${connectionError(error)}`, {
      cause: error,
    });
  } finally {
    socket?.close();
  }
}

function conversation<T>(
  socket: Socket,
  { host, port }: Target,
  { packet, read, resendMs }: UdpQuestion<T>,
  signal: AbortSignal,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const talk = new Promise<T>((resolve, reject) => {
    // An ICMP message says, too, that nobody is there.
    socket.on('error', reject);
    socket.on('message', (datagram) => {
      const answer = read(datagram);
      if (answer !== null) resolve(answer);
    });
    signal.addEventListener('abort', () => reject(new ServerAway('no answer in time')), { once: true });
    const send = (afterMs: number) => {
      socket.send(packet);
      timer = setTimeout(() => send(afterMs * 2), afterMs);
    };
    // Without a listener of its own, what goes wrong is told as an error.
    socket.once('connect', () => send(resendMs));
    socket.connect(port, host);
  });
  return talk.finally(() => clearTimeout(timer));
}
