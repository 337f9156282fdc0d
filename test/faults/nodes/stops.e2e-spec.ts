import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Dice } from '../../support/audit/dice.js';
import { adminAgent } from '../../support/clients/admin-agent.js';
import { RFC_KEY_HEX, hotpAt } from '../../support/clients/otp.js';
import { HAS_NGINX } from '../../support/servers/nginx.js';
import { freePort } from '../../support/application/process.js';
import { countOf, figure, timesText } from '../figures.js';
import { openNode } from '../given-node.js';
import { enrol } from '../given-users.js';
import { LoginClient } from '../login-client.js';
import { LoginStream, expectSound, storedLogins } from '../login-stream.js';
import { Cluster } from './given-cluster.js';

const STOPS = countOf('TWINLOCK_STOPS', 1);
const SEED = countOf('TWINLOCK_SEED', 7);
const WITHIN_MS = 60_000 + STOPS * 60_000;
const ROOT = new URL('../../../', import.meta.url).pathname;
/** Who log in all the time. */
const GATEWAYS = countOf('TWINLOCK_GATEWAYS', 2);
const SERIALS = Array.from({ length: GATEWAYS }, (_, place) => `STOP${place}`);
const POLL_MS = 20;
/** A node that stops waits for nobody who keeps a connection only for us. */
const ONCE = { headers: { Connection: 'close' } };

describe('a node that is told to stop (SIGTERM) behind nginx', () => {
  const suite = HAS_NGINX ? it : it.skip;

  suite(
    `says so first, serves on, and lets no login fail, ${STOPS} times`,
    async () => {
      // Longer than nginx keeps idle connections.
      const cluster = await Cluster.start(2, { TWINLOCK_DRAIN_SECONDS: '5' });
      try {
        const client = cluster.client();
        const session = await cluster.logIn(client);
        const given = async (serial: string) => {
          const form = { type: 'hmac', serial, otpkey: RFC_KEY_HEX };
          expect(await client.post('/admin/init', form, session)).toMatchObject({ status: 200 });
        };
        for (const serial of SERIALS) await given(serial);
        const stream = cluster.under(
          new LoginStream(
            (serial, counter) => client.post('/validate/check_s', { serial, pass: hotpAt(counter) }),
            SERIALS,
          ),
        );
        const seconds: number[] = [];
        for (let turn = 0; turn < STOPS; turn++) {
          const place = turn % 2;
          await given(`LAST${turn}`);
          await stream.has(50);
          const told = performance.now();
          const stopped = cluster.node(place).stop();
          while ((await fetch(`${cluster.node(place).url}/readyz`, ONCE)).ok) await pause(POLL_MS);
          // Load balancers that do not know it yet send logins here.
          const login = { serial: `LAST${turn}`, pass: hotpAt(0) };
          const direct = await cluster.direct[place]?.post('/validate/check_s', login);
          expect(direct).toMatchObject({ isAccepted: true });
          expect(await stopped).toBe(0);
          seconds.push((performance.now() - told) / 1000);
          await stream.has(50);
          await cluster.startAgain(place);
        }
        await stream.has(50);
        await stream.end();
        const failed = stream.answers.filter(({ isAccepted }) => !isAccepted);
        expect(failed).toEqual([]);
        await expectSound(cluster.database, stream);
        expect(await cluster.verifyAudit()).toMatchObject({ faults: [] });
        figure(
          `SIGTERM behind nginx, ${STOPS} times: ${stream.answers.length} logins, ${failed.length} failed; stopped within ${Math.max(...seconds).toFixed(1)} s`,
        );
      } finally {
        await cluster.stop();
      }
    },
    WITHIN_MS,
  );
});

/** `npm start` as it is typed in, on the embedded database. */
class Terminal {
  readonly #ended: Promise<unknown[]>;

  private constructor(
    private readonly child: ChildProcess,
    readonly group: number,
    readonly url: string,
  ) {
    this.#ended = once(child, 'exit');
  }

  static async start(env: Readonly<Record<string, string>>): Promise<Terminal> {
    const port = await freePort();
    // A shell makes a process group of each command; Ctrl-C goes to all that is in it.
    const child = spawn('npm', ['start', '--silent'], {
      cwd: ROOT,
      detached: true,
      stdio: 'ignore',
      env: { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), ...env, TWINLOCK_PORT: String(port) },
    });
    if (child.pid === undefined) throw new Error('npm cannot be started');
    const terminal = new Terminal(child, child.pid, `http://127.0.0.1:${port}`);
    const isReady = () =>
      fetch(`${terminal.url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await isReady())) {
      if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}`);
      await pause(POLL_MS);
    }
    return terminal;
  }

  /** Ctrl-C. @returns exit code and signal of what was typed in */
  async interrupt(): Promise<unknown[]> {
    process.kill(-this.group, 'SIGINT');
    return this.#ended;
  }
}

const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('npm start, interrupted in its terminal (Ctrl-C)', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinlock-terminal-'));
    // The database does not run as root, and has to find its files.
    await chmod(folder, 0o755);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it(
    `answers what it has accepted, stops its database behind it, and leaves nothing running, ${STOPS} times`,
    async () => {
      const dice = new Dice(SEED);
      const password = 'of-the-first-administrator';
      const passwordFile = join(folder, 'password');
      await writeFile(passwordFile, password, { mode: 0o600 });
      const data = join(folder, 'data');
      const env = {
        TWINLOCK_DATA: data,
        TWINLOCK_ADMIN_PASSWORD_FILE: passwordFile,
        TWINLOCK_LOG_LEVEL: 'fatal',
      };
      let accepted = 0;
      const milliseconds: number[] = [];
      for (let turn = 0; turn < STOPS; turn++) {
        const terminal = await Terminal.start(env);
        const [postmaster = ''] = (
          await readFile(join(data, 'postgres/cluster/postmaster.pid'), 'utf8')
        ).split('\n');
        expect(isThere(Number(postmaster))).toBe(true);
        const admin = await adminAgent(terminal.url, { password });
        const serials = SERIALS.map((serial) => `${serial}T${turn}`);
        for (const serial of serials) await enrol(admin, serial);
        const client = new LoginClient(terminal.url);
        const stream = new LoginStream(
          (serial, counter) => client.post('/validate/check_s', { serial, pass: hotpAt(counter) }),
          serials,
        );
        await stream.has(50 + dice.roll(100));
        const interrupted = performance.now();
        const [code, signal] = await terminal.interrupt();
        milliseconds.push(performance.now() - interrupted);
        expect([code, signal]).toEqual([0, null]);
        expect([isThere(-terminal.group), isThere(Number(postmaster))]).toEqual([false, false]);
        await stream.end();
        client.close();

        const node = await openNode({ env });
        const database = await node.connect();
        await expectSound(database, stream);
        // Whoever was let in was told so.
        for (const serial of serials) {
          const heard = [...stream.acceptancesOf.keys()].filter((value) => value.startsWith(`${serial} `));
          expect(await storedLogins(database, serial)).toMatchObject({ acceptances: heard.length });
        }
        expect(await node.verifyAudit()).toMatchObject({ faults: [] });
        await database.end();
        await node.close();
        accepted += stream.acceptancesOf.size;
      }
      // No recovery: the database was shut down, not dropped.
      const log = await readFile(join(data, 'postgres/postgres.log'), 'utf8');
      expect(log).not.toContain('not properly shut down');
      figure(
        `Ctrl-C, ${STOPS} times: ${accepted} logins accepted, 0 lost, all of them told; ended after ${timesText(milliseconds)}`,
      );
    },
    WITHIN_MS,
  );
});
