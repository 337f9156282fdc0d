import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

import { parseDatabaseUrl } from '../../src/config/database-url.js';

/**
 * Where a connection breaks around one statement:
 * - `unsent`: the statement never gets to the database;
 * - `unanswered`: it was executed, its answer is lost;
 * - `unheard`: it was executed, and its answer does not come, although the connection seems to stand;
 * - `executing`: it was sent, and both ends are gone before it is answered;
 * - `held`: it never arrived when the connection broke, and arrives when `release` is called.
 */
export type Cut = 'unsent' | 'unanswered' | 'unheard' | 'executing' | 'held';

interface ArmedCut {
  readonly cut: Cut;
  readonly statement: string;
  done(release: () => void): void;
}

/** Between a server and its PostgreSQL: passes everything on, until it is told to break a connection or to be away. */
export class CuttingProxy {
  readonly #listener: Server;
  readonly #connections = new Set<Connection>();
  #isAway = false;
  #isSilent = false;
  #armed: ArmedCut | null = null;
  /** How often each prepared statement was executed, and each text sent as it is. */
  readonly statements = new Map<string, number>();

  private constructor(
    private readonly database: ReturnType<typeof parseDatabaseUrl>[number],
    listener: Server,
  ) {
    this.#listener = listener;
    listener.on('connection', (client) => this.#accept(client));
  }

  /** @param databaseUrl of the database behind it, without TLS */
  static async start(databaseUrl: string): Promise<CuttingProxy> {
    const [database] = parseDatabaseUrl(databaseUrl);
    if (!database) throw new Error('no database server');
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new CuttingProxy(database, listener);
  }

  /** As DATABASE_URL takes it. */
  get url(): string {
    const { user = '', password, database = '' } = this.database;
    const secret = String(typeof password === 'function' ? password() : (password ?? ''));
    const login = `${encodeURIComponent(user)}:${encodeURIComponent(secret)}`;
    return `postgres://${login}@127.0.0.1:${(this.#listener.address() as AddressInfo).port}/${database}`;
  }

  /**
   * Breaks the connection that next executes `statement`: the name of a prepared one, or a text sent as it is.
   * @returns once it is broken: lets go of what was held
   */
  cutAt(statement: string, cut: Cut): Promise<() => void> {
    return new Promise((done) => {
      this.#armed = { statement, cut, done };
    });
  }

  /** The database is away: connections break, new ones are refused. */
  goAway(): void {
    this.#isAway = true;
    for (const connection of this.#connections) connection.break();
  }

  /** The network is gone: nothing gets through any more, and nobody hears that it did not. */
  goSilent(): void {
    this.#isSilent = true;
    for (const connection of this.#connections) connection.silence();
  }

  /** Answers new connections again; those that were silenced stay so. */
  comeBack(): void {
    this.#isAway = false;
    this.#isSilent = false;
  }

  /** Breaks every connection once; new ones are served. */
  breakAll(): void {
    this.goAway();
    this.comeBack();
  }

  async close(): Promise<void> {
    this.goAway();
    this.#listener.close();
    await once(this.#listener, 'close');
  }

  #accept(client: Socket): void {
    if (this.#isAway) {
      client.resetAndDestroy();
      return;
    }
    const { host = '127.0.0.1', port = 5432 } = this.database;
    const server = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
    const connection = new Connection(client, server, (statement) => this.#arriving(statement));
    this.#connections.add(connection);
    if (this.#isSilent) connection.silence();
    // Whatever half of it lingers is broken at the end.
    const forget = () => {
      if (client.closed && server.closed) this.#connections.delete(connection);
    };
    client.once('close', forget);
    server.once('close', forget);
  }

  #arriving(statement: string): ArmedCut | null {
    this.statements.set(statement, (this.statements.get(statement) ?? 0) + 1);
    const armed = this.#armed;
    if (armed?.statement !== statement) return null;
    this.#armed = null;
    return armed;
  }
}

const READY_FOR_QUERY = 'Z';
const FRAME_BYTES = 5;

class Connection {
  readonly #fromClient = new Frames(true);
  readonly #fromServer = new Frames(false);
  #isCut = false;

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly arriving: (statement: string) => ArmedCut | null,
  ) {
    client.on('data', (chunk: Buffer) => this.#sent(chunk));
    server.on('data', (chunk: Buffer) => client.write(chunk));
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (!this.#isCut) other.destroy();
      });
    }
  }

  break(): void {
    this.client.destroy();
    this.server.destroy();
  }

  silence(): void {
    this.#isCut = true;
    for (const socket of [this.client, this.server]) socket.removeAllListeners('data').resume();
  }

  #sent(chunk: Buffer): void {
    if (this.#isCut) return;
    let armed: ArmedCut | null = null;
    for (const { type, body } of this.#fromClient.read(chunk)) {
      const statement = statementOf(type, body);
      if (statement !== null) armed ??= this.arriving(statement);
    }
    if (armed) this.#cut(armed, chunk);
    else this.server.write(chunk);
  }

  #cut({ cut, done }: ArmedCut, chunk: Buffer): void {
    this.#isCut = true;
    switch (cut) {
      case 'unsent':
        this.break();
        return done(() => undefined);
      case 'executing':
        this.server.write(chunk, () => {
          this.break();
          done(() => undefined);
        });
        return;
      case 'held':
        this.client.destroy();
        return done(() => this.server.end(chunk));
      case 'unanswered':
      case 'unheard':
        this.server.removeAllListeners('data');
        this.server.on('data', (answer: Buffer) => {
          if (!this.#fromServer.read(answer).some(({ type }) => type === READY_FOR_QUERY)) return;
          if (cut === 'unanswered') this.break();
          done(() => undefined);
        });
        this.server.write(chunk);
    }
  }
}

/** The name of a prepared statement that is bound, or the text of a simple query (PostgreSQL manual §54.7). */
function statementOf(type: string, body: Buffer): string | null {
  if (type === 'Q') return textAt(body, 0);
  if (type !== 'B') return null;
  const portal = textAt(body, 0);
  return textAt(body, Buffer.byteLength(portal) + 1) || null;
}

function textAt(body: Buffer, start: number): string {
  return body.toString('utf8', start, body.indexOf(0, start));
}

/** Cuts a stream into the protocol's messages. */
class Frames {
  #rest = Buffer.alloc(0);

  /** @param startsUntyped a client's first message has no type byte */
  constructor(private startsUntyped: boolean) {}

  read(chunk: Buffer): { type: string; body: Buffer }[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const messages: { type: string; body: Buffer }[] = [];
    for (;;) {
      const head = this.startsUntyped ? FRAME_BYTES - 1 : FRAME_BYTES;
      if (this.#rest.length < head) return messages;
      // The length counts itself, not the type byte.
      const end = this.#rest.readUInt32BE(head - 4) + head - 4;
      if (this.#rest.length < end) return messages;
      const type = this.startsUntyped ? '' : String.fromCharCode(this.#rest[0] ?? 0);
      messages.push({ type, body: this.#rest.subarray(head, end) });
      this.#rest = this.#rest.subarray(end);
      this.startsUntyped = false;
    }
  }
}
