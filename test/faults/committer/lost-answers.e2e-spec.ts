import type { LoginDecision } from '@app/authentication';
import { Unavailable } from '@app/kernel';
import type pg from 'pg';

import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { type Cut, CuttingProxy } from '../cutting-proxy.js';
import { type Node, openNode, rightLogin, wrongLogin } from '../given-node.js';

const FAST = 'login-commit';
const SLOW = 'COMMIT';

/** What a node makes of a commit whose answer it never sees. */
describe('the group committer, when its connection breaks', () => {
  let installation: Installation;
  let proxy: CuttingProxy;
  let node: Node;
  /** Past the proxy, like `database`. */
  let bystander: Node;
  let database: pg.Client;

  beforeAll(async () => {
    installation = await givenInstallation();
    proxy = await CuttingProxy.start(installation.database.url);
    node = await openNode(installation, { DATABASE_URL: proxy.url });
    bystander = await openNode(installation);
    database = await installation.database.connect();
  });

  afterEach(async () => {
    proxy.comeBack();
    expect(await bystander.verifyAudit()).toMatchObject({ faults: [] });
    node.unknown.length = 0;
  });

  afterAll(async () => {
    await database?.end();
    await node?.close();
    await bystander?.close();
    await proxy?.close();
    await installation?.remove();
  });

  const stored = async (serial: string) => {
    const { rows } = await database.query(
      `SELECT counter::int, failures, (SELECT count(*)::int FROM audit_record r WHERE r.serial = t.serial
         AND r.action = 'validate/check_s' AND r.succeeded AND r.detail <> '') AS acceptances FROM token t WHERE serial = $1`,
      [serial],
    );
    return rows[0];
  };
  const kind = (decision: LoginDecision | 'start-over') =>
    decision === 'start-over' ? decision : decision.verdict.kind;

  const CUTS: readonly { readonly cut: Cut; readonly what: string }[] = [
    { cut: 'unanswered', what: 'its answer was lost' },
    { cut: 'executing', what: 'both ends were gone while it was executed' },
    { cut: 'unsent', what: 'it never got to the database' },
    { cut: 'held', what: 'it gets to the database after the connection was given up' },
  ];

  describe.each([
    { path: 'the fast path', statement: FAST, isStale: false },
    { path: 'the slow path', statement: SLOW, isStale: true },
  ])('in a commit of $path', ({ statement, isStale }) => {
    it.each(CUTS)('accepts once and says so, although $what', async ({ cut }) => {
      const token = await node.enrol();
      if (isStale) await database.query('UPDATE token SET revision = revision + 1 WHERE id = $1', [token.id]);
      const broken = proxy.cutAt(statement, cut);
      const committed = node.committer.commit(rightLogin(token));
      const release = await broken;
      expect(kind(await committed)).toBe('accepted');
      release();
      // What was held back must find that it came too late.
      await settled(database);
      expect(await stored(token.serial)).toEqual({ counter: 1, failures: 0, acceptances: 1 });
      expect(node.unknown).toEqual([{ resolved: true }]);
    });

    it('tells nobody anything while the outcome cannot be found out, and never an acceptance', async () => {
      const token = await node.enrol();
      if (isStale) await database.query('UPDATE token SET revision = revision + 1 WHERE id = $1', [token.id]);
      const broken = proxy.cutAt(statement, 'unanswered');
      const committed = node.committer.commit(rightLogin(token));
      void broken.then(() => proxy.goAway());
      await expect(committed).rejects.toThrow(Unavailable);
      expect(node.unknown).toEqual([{ resolved: false }]);
      proxy.comeBack();
      // The value is spent, and the trail says so.
      expect(await stored(token.serial)).toEqual({ counter: 1, failures: 0, acceptances: 1 });
      expect(kind(await node.committer.commit(rightLogin(token)))).toBe('rejected');
    });
  });

  describe('in an administrative change', () => {
    it.each(CUTS.filter(({ cut }) => cut !== 'held'))(
      'makes it once and says so, although $what',
      async ({ cut }) => {
        const broken = proxy.cutAt('COMMIT', cut);
        const token = await node.enrol();
        await broken;
        const { rows } = await database.query(
          'SELECT count(*)::int AS records FROM audit_record WHERE serial = $1',
          [token.serial],
        );
        expect(rows).toEqual([{ records: 1 }]);
        await expect(bystander.load(token.serial)).resolves.toMatchObject({ id: token.id });
      },
    );
  });

  it('goes on in lanes that name the last heads of those before them, which it leaves closed', async () => {
    const rounds = 3;
    for (let round = 0; round < rounds; round++) {
      const tokens = await Promise.all(Array.from({ length: 3 }, () => node.enrol()));
      const commits = tokens.map((token) => node.committer.commit(rightLogin(token)));
      expect((await Promise.all(commits)).map(kind)).toEqual(['accepted', 'accepted', 'accepted']);
      proxy.breakAll();
    }
    await node.enrol();
    const { rows } = await database.query<{ closed: boolean; isLastHead: boolean }>(`
      SELECT p.closed_at IS NOT NULL AS closed,
        l.predecessor_seq = 0 OR l.predecessor_head = (SELECT chain FROM audit_record r WHERE r.lane = p.id AND r.seq = l.predecessor_seq) AS "isLastHead"
      FROM audit_lane l JOIN audit_lane p ON p.id = l.predecessor`);
    expect(rows.length).toBeGreaterThan(rounds);
    expect(rows.filter(({ closed, isLastHead }) => !closed || !isLastHead)).toEqual([]);
  });

  it('goes on in another lane while somebody who hangs holds the row of the one that broke', async () => {
    const [token, other] = [await node.enrol(), await node.enrol()];
    await node.committer.commit(wrongLogin(token));
    const hanging = await installation.database.connect();
    try {
      await hanging.query('BEGIN');
      await hanging.query(
        `SELECT 1 FROM audit_lane WHERE id = (SELECT lane FROM audit_record WHERE action = 'validate/check_s'
           ORDER BY number DESC LIMIT 1) FOR UPDATE`,
      );
      void proxy.cutAt(FAST, 'unsent');
      await expect(node.committer.commit(rightLogin(token))).rejects.toThrow(Unavailable);
      expect(kind(await node.committer.commit(rightLogin(other)))).toBe('accepted');
    } finally {
      await hanging.end();
    }
    expect(node.unknown).toEqual([{ resolved: false }]);
  });

  it('reads again on a new connection', async () => {
    const token = await node.enrol();
    const broken = proxy.cutAt('login-read', 'unanswered');
    await expect(node.load(token.serial)).resolves.toMatchObject({ id: token.id });
    await broken;
  });
});

/** Until the database has nothing more to do. */
async function settled(database: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await database.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()`,
    );
    if (rows.length === 0) return;
  }
}
