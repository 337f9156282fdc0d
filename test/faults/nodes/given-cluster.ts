import type pg from 'pg';

import type { AuditVerification } from '../../../src/persistence/audit/verify/verify-audit.js';
import type { Fields } from '../../support/clients/admin-agent.js';
import {
  ADMINISTRATOR,
  type Installation,
  givenInstallation,
} from '../../support/application/installation.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { type Nginx, givenNginx } from '../../support/servers/nginx.js';
import { openNode } from '../given-node.js';
import { type LoginAnswer, type ClientOptions, LoginClient } from '../login-client.js';

/** nginx itself. */
const PROXY = '127.0.0.1';

interface Load {
  end(): Promise<void>;
}

/** Several server processes on one PostgreSQL, behind nginx as `deploy/nginx.conf` has it. */
export class Cluster {
  readonly #clients: LoginClient[] = [];
  readonly #load: Load[] = [];

  private constructor(
    readonly installation: Installation,
    /** In order; one that was started again has the place and the port of the one before. */
    readonly nodes: RunningProcess[],
    readonly nginx: Nginx,
    /** Past nginx, one for each node. */
    readonly direct: readonly LoginClient[],
    /** Past all of it. */
    readonly database: pg.Client,
    private readonly env: Fields,
  ) {}

  /** @param env of each node @param main of another release: a built one's main.js */
  static async start(count: number, env: Fields = {}, main?: string): Promise<Cluster> {
    const installation = await givenInstallation();
    const settings = { TWINLOCK_TRUSTED_PROXIES: PROXY, ...env };
    const nodes = await Promise.all(
      // At once: all of them find an empty database.
      Array.from({ length: count }, () =>
        startProcess(installation, settings, main === undefined ? {} : { main }),
      ),
    );
    return new Cluster(
      installation,
      nodes,
      await givenNginx(nodes.map(({ port }) => port)),
      nodes.map(({ url }) => new LoginClient(url)),
      await installation.database.connect(),
      settings,
    );
  }

  node(place: number): RunningProcess {
    const node = this.nodes[place];
    if (!node) throw new Error(`no node ${place}`);
    return node;
  }

  /** A client that comes by way of nginx. */
  client(options: Pick<ClientOptions, 'address'> = {}): LoginClient {
    const client = new LoginClient(this.nginx.url, { authority: this.nginx.authority, ...options });
    this.#clients.push(client);
    return client;
  }

  /** Load that ends with the cluster, if it did not before. */
  under<T extends Load>(load: T): T {
    this.#load.push(load);
    return load;
  }

  /** Starts a node that has ended, at its old place. */
  async startAgain(place: number, main?: string): Promise<void> {
    const { port } = this.node(place);
    const options = { port, ...(main !== undefined && { main }) };
    this.nodes[place] = await startProcess(this.installation, this.env, options);
  }

  /** The first administrator. @returns headers that carry the session and, for changes, its CSRF token */
  async logIn(client: LoginClient): Promise<Fields> {
    const { password } = this.installation;
    const answer = await client.post('/admin/login', { username: ADMINISTRATOR, password });
    if (answer.status !== 200) throw new Error(`login refused: ${answer.text}`);
    return sessionOf(answer);
  }

  async verifyAudit(): Promise<AuditVerification> {
    const bystander = await openNode(this.installation);
    try {
      return await bystander.verifyAudit();
    } finally {
      await bystander.close();
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#load.map((load) => load.end()));
    for (const client of [...this.#clients, ...this.direct]) client.close();
    await this.nginx.remove();
    await this.database.end();
    await Promise.all(this.nodes.map((node) => node.stop('SIGINT')));
    await this.installation.remove();
  }
}

function sessionOf({ cookies }: LoginAnswer): Fields {
  const pairs = cookies.map((cookie) => cookie.split(';')[0] ?? '');
  const csrf = pairs.find((pair) => pair.startsWith('csrf_access_token='))?.split('=')[1];
  if (csrf === undefined) throw new Error('no csrf_access_token cookie');
  return { Cookie: pairs.join('; '), 'X-CSRF-TOKEN': csrf };
}
