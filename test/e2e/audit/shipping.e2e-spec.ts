import { type Socket as DatagramSocket, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';

import type pg from 'pg';

import { adminAgent } from '../../support/clients/admin-agent.js';
import { startApplication } from '../../support/application/application.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { startProcess } from '../../support/application/process.js';
import { givenAuthority } from '../../support/servers/test-authority.js';
import { twinlock } from '../../support/application/twinlock.js';

const PATIENCE_MS = 60_000;

interface Shipped {
  readonly lane: string;
  readonly sequence: number;
  readonly action: string;
  readonly chain: string;
  readonly user: string;
}

/** Receives syslog, framed by length, and keeps the messages. */
class Receiver {
  readonly messages: string[] = [];
  readonly #sockets = new Set<Socket>();
  #changed: () => void = () => undefined;

  constructor(
    private readonly server: Server,
    event = 'connection',
  ) {
    const onSocket = (socket: Socket) => {
      this.#sockets.add(socket);
      let text = '';
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
        for (;;) {
          const [head, length] = /^(\d+) /.exec(text) ?? [];
          if (head === undefined || text.length < head.length + Number(length)) break;
          this.messages.push(text.slice(head.length, head.length + Number(length)));
          text = text.slice(head.length + Number(length));
        }
        this.#changed();
      });
    };
    server.on(event, onSocket);
  }

  async listen(port = 0): Promise<number> {
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  /** Bounded by the test's own time. */
  async received(isThere: (records: Shipped[]) => boolean): Promise<Shipped[]> {
    while (!isThere(this.records())) await new Promise<void>((resolve) => (this.#changed = resolve));
    return this.records();
  }

  records(): Shipped[] {
    return this.messages.map(recordOf);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

function recordOf(message: string): Shipped {
  return JSON.parse(message.slice(message.indexOf('{'))) as Shipped;
}

const hasAction = (action: string) => (records: Shipped[]) =>
  records.some((record) => record.action === action);

describe('shipping of records', () => {
  let installation: Installation;
  let database: pg.Client;

  beforeEach(async () => {
    installation = await givenInstallation();
    database = await installation.database.connect();
  });
  afterEach(async () => {
    await database.end();
    await installation.remove();
  });

  const stored = async () => {
    const { rows } = await database.query<{ lane: string; seq: string; chain: Buffer }>(
      'SELECT lane, seq, chain FROM audit_record ORDER BY lane, seq',
    );
    return rows.map(({ lane, seq, chain }) => `${lane}/${seq} ${chain.toString('hex')}`);
  };
  const keys = (records: readonly Shipped[]) =>
    records.map(({ lane, sequence, chain }) => `${lane}/${sequence} ${chain}`);

  it(
    'gives every committed record to a receiver over TCP: logins, changes, refusals and lists, once',
    async () => {
      const receiver = new Receiver(createTcpServer());
      const port = await receiver.listen();
      const env = { TWINLOCK_AUDIT_STREAM: `syslog+tcp://127.0.0.1:${port}` };
      const running = await startApplication({ installation, env });
      const admin = await adminAgent(running.url, installation);
      await admin.post('/admin/init', { serial: 'S1', type: 'spass', pin: 'secret-pin' }).expect(200);
      await Promise.all(
        Array.from({ length: 60 }, (_, place) =>
          fetch(`${running.url}/validate/check_s?serial=S1&pass=${place % 2 ? 'secret-pin' : 'no'}`),
        ),
      );
      await fetch(`${running.url}/admin/show`);
      await admin.get('/audit/search', { rp: '1' }).expect(200);
      await running.stop();
      expect(keys(receiver.records()).toSorted()).toEqual((await stored()).toSorted());
      expect(receiver.messages.join('\n')).not.toContain('secret-pin');
      expect(receiver.messages[0]).toMatch(/^<1(09|10)>1 \d{4}-\d\d-\d\dT[\d:.]+Z \S+ twinlock \d+ \S+ - \{/);
      await receiver.close();
    },
    PATIENCE_MS,
  );

  it(
    'keeps what comes while a receiver is away, and gives it when it is back',
    async () => {
      const before = new Receiver(createTcpServer());
      const port = await before.listen();
      await before.close();
      const env = { TWINLOCK_AUDIT_STREAM: `syslog+tcp://127.0.0.1:${port}` };
      const running = await startApplication({ installation, env });
      const admin = await adminAgent(running.url, installation);
      await admin.get('/admin/show').expect(200);
      const receiver = new Receiver(createTcpServer());
      await receiver.listen(port);
      await receiver.received(hasAction('admin/show'));
      expect(keys(receiver.records()).toSorted()).toEqual((await stored()).toSorted());
      await running.stop();
      await receiver.close();
    },
    PATIENCE_MS,
  );

  it(
    'answers logins while a receiver is away, and counts what is lost',
    async () => {
      const receiver = new Receiver(createTcpServer());
      const port = await receiver.listen();
      await receiver.close();
      const server = await startProcess(installation, {
        TWINLOCK_AUDIT_STREAM: `syslog+tcp://127.0.0.1:${port}`,
        TWINLOCK_AUDIT_STREAM_RECORDS: '100',
      });
      const admin = await adminAgent(server.url, installation);
      for (let token = 0; token < 10; token++) {
        await admin.post('/admin/init', { serial: `S${token}`, type: 'spass', pin: 'pin' }).expect(200);
      }
      const answers = await Promise.all(
        Array.from({ length: 150 }, async (_, place) =>
          (await fetch(`${server.url}/validate/check_s?serial=S${place % 10}&pass=pin`)).text(),
        ),
      );
      expect(answers.filter((text) => text.includes('"value": true'))).toHaveLength(150);
      await server.logged('records of the audit trail were not shipped');
      const { text } = await admin.get('/metrics').expect(200);
      // Of the login to the administration and the ten tokens there are records, too.
      expect(text).toContain(`twinlock_audit_lost_total{stream="syslog+tcp://127.0.0.1:${port}"} 61\n`);
      expect(text).toContain(`twinlock_audit_stream_up{stream="syslog+tcp://127.0.0.1:${port}"} 0\n`);
      const { rows } = await database.query(
        `SELECT count(*)::int AS count FROM audit_record WHERE action = 'validate/check_s'`,
      );
      expect(rows).toEqual([{ count: 150 }]);
      await server.stop();
    },
    PATIENCE_MS,
  );

  it(
    'speaks TLS to a receiver whose certificate is of a trusted authority, and to no other',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'twinlock-shipping-'));
      const authority = await givenAuthority(folder);
      const { certificate, key } = await authority.issue('logs', 'IP:127.0.0.1');
      const receiver = new Receiver(
        createTlsServer({ cert: await readFile(certificate), key: await readFile(key) }),
        'secureConnection',
      );
      const port = await receiver.listen();
      const env = { TWINLOCK_AUDIT_STREAM: `syslog+tls://127.0.0.1:${port}` };
      const trusting = await startApplication({
        installation,
        env: { ...env, TWINLOCK_TLS_CA_FILE: authority.file },
      });
      await fetch(`${trusting.url}/validate/ok`);
      await receiver.received(hasAction('validate/ok'));
      await trusting.stop();
      const count = receiver.messages.length;
      const other = await givenAuthority(folder, 'other');
      const distrusting = await startApplication({
        installation,
        env: { ...env, TWINLOCK_TLS_CA_FILE: other.file },
      });
      await fetch(`${distrusting.url}/validate/ok`);
      await distrusting.stop();
      expect(receiver.messages).toHaveLength(count);
      await receiver.close();
      await rm(folder, { recursive: true, force: true });
    },
    PATIENCE_MS,
  );

  it(
    'sends datagrams, a record each',
    async () => {
      const socket: DatagramSocket = createSocket('udp4');
      const messages: string[] = [];
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      const env = { TWINLOCK_AUDIT_STREAM: `syslog+udp://127.0.0.1:${socket.address().port}` };
      const running = await startApplication({ installation, env });
      const arrived = once(socket, 'message');
      socket.on('message', (message) => messages.push(message.toString('latin1')));
      await fetch(`${running.url}/validate/ok`);
      await arrived;
      expect(messages.map(recordOf)).toEqual([expect.objectContaining({ action: 'validate/ok' })]);
      await running.stop();
      socket.close();
    },
    PATIENCE_MS,
  );

  it(
    'writes lines of JSON among those of the log; those of commands go to syslog alone',
    async () => {
      const receiver = new Receiver(createTcpServer());
      const port = await receiver.listen();
      const env = {
        TWINLOCK_AUDIT_STREAM: `stdout, syslog+tcp://127.0.0.1:${port}`,
        TWINLOCK_LOG_LEVEL: 'silent',
      };
      const server = await startProcess(installation, env);
      await fetch(`${server.url}/validate/ok?user=${encodeURIComponent('a\nb')}`);
      await server.logged('validate/ok');
      const lines = server
        .output()
        .trimEnd()
        .split('\n')
        .flatMap((line) => {
          const { audit } = JSON.parse(line) as { audit?: Shipped };
          return audit ? [audit] : [];
        });
      expect(lines).toEqual([expect.objectContaining({ action: 'validate/ok', user: 'a\nb' })]);
      const added = await twinlock({ ...installation.env, ...env }, ['local-admins', 'add', 'anna']);
      expect(added).toMatchObject({ code: 0, out: '' });
      await receiver.received(hasAction('local-admins/add'));
      await server.stop();
      await receiver.close();
    },
    PATIENCE_MS,
  );

  it(
    'is not configured by what cannot be understood',
    async () => {
      await expect(
        twinlock({ ...installation.env, TWINLOCK_AUDIT_STREAM: 'syslog://host' }, ['config', 'show']),
      ).resolves.toMatchObject({
        code: 2,
        err: expect.stringContaining('TWINLOCK_AUDIT_STREAM must list stdout, syslog+udp://host:port'),
      });
    },
    PATIENCE_MS,
  );
});
