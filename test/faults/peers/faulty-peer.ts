import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

/**
 * How a peer behaves:
 * - `well`: passes everything on;
 * - `silent`: takes the connection and says nothing;
 * - `slow`: every answer comes late;
 * - `half`: of each answer the first bytes come, and then nothing more.
 */
export type Behaviour = 'well' | 'silent' | 'slow' | 'half';

const SLOW_MS = 4_000;
const HALF_BYTES = 8;

/** Stands between a server and its directory and behaves as it is told; also `refused`: `stop` leaves a closed port. */
export class FaultyPeer {
  behaviour: Behaviour = 'well';
  readonly #sockets = new Set<Socket>();

  private constructor(
    private readonly target: number,
    private readonly listener: Server,
  ) {
    listener.on('connection', (client) => this.#accept(client));
  }

  /** @param target port of the directory on loopback */
  static async start(target: number): Promise<FaultyPeer> {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new FaultyPeer(target, listener);
  }

  get port(): number {
    return (this.listener.address() as AddressInfo).port;
  }

  /** Ends every connection, so that the next question meets the new behaviour. */
  behave(behaviour: Behaviour): void {
    this.behaviour = behaviour;
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    const closed = once(this.listener, 'close');
    this.listener.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(client: Socket): void {
    this.#keep(client);
    if (this.behaviour === 'silent') {
      client.resume();
      return;
    }
    const directory = this.#keep(connect(this.target, '127.0.0.1'));
    client.pipe(directory);
    directory.on('data', (answer: Buffer) => this.#answer(client, answer));
    client.on('close', () => directory.destroy());
    directory.on('close', () => client.end());
  }

  #answer(client: Socket, answer: Buffer): void {
    const send = (bytes: Buffer) => {
      if (client.writable) client.write(bytes);
    };
    switch (this.behaviour) {
      case 'well':
        return send(answer);
      case 'slow':
        setTimeout(send, SLOW_MS, answer).unref();
        return;
      case 'half':
        if (client.bytesWritten === 0) send(answer.subarray(0, HALF_BYTES));
        return;
      case 'silent':
        return;
    }
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }
}
