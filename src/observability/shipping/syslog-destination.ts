import { type Socket as DatagramSocket, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6, type Socket } from 'node:net';

import type { ChainedRecord } from '@app/audit';

import type { AuditStream } from '../../config/audit-streams.js';
import { type TlsTerms, openSocket, secureSocket } from '../../outbound/connection.js';
import type { Destination } from './destination.js';
import { type SyslogSender, framed, syslogMessage } from './syslog-message.js';

type Server = Extract<AuditStream, { readonly host: string }>;

const CONNECTS_WITHIN_MS = 5_000;
/** A receiver that takes nothing for so long is gone. */
const TAKES_WITHIN_MS = 10_000;

/** Over a stream (RFC 6587, RFC 5425). The protocol has no receipts: what is under way when a connection breaks may be lost. */
export class SyslogConnection implements Destination {
  readonly name: string;
  #socket: Socket | null = null;

  /** @param tls how the receiver proves who it is; `null`: plain TCP */
  constructor(
    private readonly server: Server,
    private readonly sender: SyslogSender,
    private readonly tls: (() => Promise<TlsTerms>) | null,
  ) {
    this.name = server.name;
  }

  async send(records: readonly ChainedRecord[]): Promise<void> {
    const socket = await this.#connected();
    const text = records.map((record) => framed(syslogMessage(record, this.sender))).join('');
    try {
      if (!socket.write(text, 'latin1')) {
        await once(socket, 'drain', { signal: AbortSignal.timeout(TAKES_WITHIN_MS) });
      }
      if (socket.destroyed) throw new Error('the connection broke');
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  close(): void {
    this.#socket?.end();
    this.#socket = null;
  }

  async #connected(): Promise<Socket> {
    if (this.#socket && !this.#socket.destroyed && this.#socket.writable) return this.#socket;
    const signal = AbortSignal.timeout(CONNECTS_WITHIN_MS);
    const plain = await openSocket(this.server, signal);
    const socket = this.tls ? await secureSocket(plain, this.server.host, await this.tls(), signal) : plain;
    // Whatever a receiver says is of no interest; that it ends is.
    socket.resume();
    socket.on('end', () => socket.destroy());
    this.#socket = socket;
    return socket;
  }
}

/** A datagram a record (RFC 5426): nobody knows what becomes of it. */
export class SyslogDatagrams implements Destination {
  readonly name: string;
  #socket: DatagramSocket | null = null;

  constructor(
    private readonly server: Server,
    private readonly sender: SyslogSender,
  ) {
    this.name = server.name;
  }

  async send(records: readonly ChainedRecord[]): Promise<void> {
    const socket = this.#open();
    const { host, port } = this.server;
    for (const record of records) {
      const message = syslogMessage(record, this.sender);
      await new Promise<void>((resolve, reject) => {
        socket.send(message, port, host, (error) => (error ? reject(error) : resolve()));
      });
    }
  }

  close(): void {
    this.#socket?.close();
    this.#socket = null;
  }

  #open(): DatagramSocket {
    if (this.#socket) return this.#socket;
    const socket = createSocket(isIPv6(this.server.host) ? 'udp6' : 'udp4');
    socket.on('error', () => undefined);
    socket.unref();
    this.#socket = socket;
    return socket;
  }
}
