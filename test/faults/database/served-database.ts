import { setTimeout as pause } from 'node:timers/promises';

import type pg from 'pg';

import { type AdminAgent, adminAgent } from '../../support/clients/admin-agent.js';
import type { TestDatabase } from '../../support/database/database.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { hotpAt } from '../../support/clients/otp.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { type Node, openNode } from '../given-node.js';
import { enrol } from '../given-users.js';
import { LoginClient } from '../login-client.js';
import { LoginStream, expectSound } from '../login-stream.js';
import { ChangeStream } from './change-stream.js';

const GATEWAYS = 8;
const POLL_MS = 20;

/** A server on a database that breaks, and streams of logins and changes on it. */
export class ServedDatabase {
  #serials = 0;
  readonly #streams: (LoginStream | ChangeStream)[] = [];

  private constructor(
    readonly installation: Installation,
    readonly node: RunningProcess,
    readonly client: LoginClient,
    readonly admin: AdminAgent,
    /** Beside the server, on the same database. */
    readonly bystander: Node,
  ) {}

  static async open(
    database: TestDatabase,
    env: Readonly<Record<string, string>> = {},
  ): Promise<ServedDatabase> {
    const installation = await givenInstallation(
      // As in production: databases stand still here.
      { TWINLOCK_LOG_LEVEL: 'fatal', TWINLOCK_DATABASE_WAIT_MILLISECONDS: '4000', ...env },
      undefined,
      database,
    );
    const node = await startProcess(installation);
    const admin = await adminAgent(node.url, installation);
    return new ServedDatabase(
      installation,
      node,
      new LoginClient(node.url),
      admin,
      await openNode(installation),
    );
  }

  /** @returns one that no suite has used */
  async token(): Promise<string> {
    const serial = `DB${this.#serials++}`;
    await enrol(this.admin, serial);
    return serial;
  }

  login(serial: string, counter: number) {
    return this.client.post('/validate/check_s', { serial, pass: hotpAt(counter) });
  }

  async givenLogins(gateways = GATEWAYS): Promise<LoginStream> {
    const serials: string[] = [];
    while (serials.length < gateways) serials.push(await this.token());
    const stream = new LoginStream((serial, counter) => this.login(serial, counter), serials);
    this.#streams.push(stream);
    return stream;
  }

  givenChanges(): ChangeStream {
    const stream = new ChangeStream(this.admin, `CHANGE${this.#serials++}x`);
    this.#streams.push(stream);
    return stream;
  }

  /**
   * @param meanwhile done before each question
   * @returns what it says of itself, once it says that; bounded by the test's own time
   */
  async says(status: 200 | 503, meanwhile?: () => Promise<void>): Promise<string> {
    for (;;) {
      await meanwhile?.();
      const answer = await fetch(`${this.node.url}/readyz`);
      const text = await answer.text();
      if (answer.status === status) return text;
      await pause(POLL_MS);
    }
  }

  async isAlive(): Promise<boolean> {
    return (await fetch(`${this.node.url}/healthz`)).status === 200;
  }

  /** Nothing acknowledged is gone, nothing was accepted twice, and the trail holds together. */
  async expectSound(database: pg.Client, logins: LoginStream, changes: ChangeStream): Promise<void> {
    await expectSound(database, logins);
    await changes.expectKept(database);
    expect(await this.bystander.verifyAudit()).toMatchObject({ faults: [] });
    expect(await this.isAlive()).toBe(true);
  }

  /** Ends what a test that failed left running, too. */
  async close(): Promise<void> {
    const ended = this.#streams.map((stream) => stream.end());
    await this.bystander.close();
    await this.node.stop();
    await Promise.all(ended);
    this.client.close();
    await this.installation.remove();
  }
}
