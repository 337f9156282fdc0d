import type { LoginDecision, LoginEffect } from '@app/authentication';
import type { InfoChanges, Token, TokenInfo } from '@app/tokens';
import type pg from 'pg';

import { CONTEXT, type Node, TwoNodes, rightLogin, wrongLogin } from '../given-node.js';

const WITHIN_MS = 60_000;

/** What logins remember of a token, in the committer alone. */
describe('the group committer, with what logins remember', () => {
  let both: TwoNodes;
  let here: Node;
  let elsewhere: Node;
  let database: pg.Client;

  beforeAll(async () => {
    both = await TwoNodes.open();
    ({ here, elsewhere, database } = both);
  }, WITHIN_MS);

  afterEach(() => both.check());
  afterAll(() => both?.close());

  const infoOf = async ({ id }: Token): Promise<TokenInfo> =>
    (await database.query('SELECT info FROM token WHERE id = $1', [id])).rows[0].info;
  const path = () => here.batches.map((batch) => batch.path);

  /** A wrong guess that also remembers something. */
  function guessing(token: Token, info: InfoChanges, ...more: readonly LoginEffect[]) {
    const login = wrongLogin(token);
    const remembering = (decision: LoginDecision): LoginDecision => ({
      ...decision,
      effects: [...decision.effects, { kind: 'remember', token, info }, ...more],
    });
    return {
      ...login,
      decision: remembering(login.decision),
      decideAgain: (tokens: readonly Token[], at: Date) => {
        const decision = login.decideAgain(tokens, at, []);
        return decision && remembering(decision);
      },
    };
  }

  /** Takes the entry `seen` out, and is told whether it was there. */
  function taking(token: Token) {
    const taken = (now: Token | undefined): LoginDecision => ({
      verdict: { kind: 'rejected', reason: 'wrong-otp' },
      effects: now?.info['seen']
        ? [{ kind: 'remember', token: now, info: { seen: null }, recalled: { seen: now.info['seen'] } }]
        : [],
      facts: { succeeded: false, serial: token.serial, detail: now?.info['seen'] ? 'taken' : 'nothing' },
    });
    return {
      ...wrongLogin(token),
      context: CONTEXT,
      decision: taken(token),
      decideAgain: ([now]: readonly Token[]) => taken(now),
    };
  }

  it('has no trigger run, not even one of statements that change nothing', async () => {
    const token = await here.enrol();
    await database.query(`
      CREATE SEQUENCE fired;
      CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM nextval('fired'); RETURN NULL; END $$;
      CREATE TRIGGER fired_added AFTER INSERT OR DELETE ON token FOR EACH STATEMENT EXECUTE FUNCTION fire()`);
    await here.committer.commit(guessing(token, { seen: 1 }));
    const { rows } = await database.query('SELECT is_called AS fired FROM fired');
    await database.query('DROP TRIGGER fired_added ON token; DROP FUNCTION fire; DROP SEQUENCE fired');
    expect(await infoOf(token)).toEqual({ seen: 1 });
    expect(rows).toEqual([{ fired: false }]);
  });

  const outcome = (decision: LoginDecision | 'start-over') =>
    decision === 'start-over' ? decision : decision.facts.detail;

  it('keeps and removes entries, and leaves the others', async () => {
    const token = await here.enrol({ info: { phone: '49123', seen: 1 } });
    await here.committer.commit(guessing(token, { seen: null, counter: 40, text: 'a"b\\c,{}', is: true }));
    expect(await infoOf(token)).toEqual({ phone: '49123', counter: 40, text: 'a"b\\c,{}', is: true });
    expect(await here.load(token.serial)).toMatchObject({ failures: 1, info: { counter: 40 } });
    expect(path()).toEqual(['fast']);
  });

  it('keeps the last word of a batch, also where others of it remember nothing', async () => {
    const [token, other] = [await here.enrol(), await here.enrol({ info: { phone: '49123' } })];
    const logins = [guessing(token, { a: 1, b: 1 }), rightLogin(other), guessing(token, { a: null, c: 2 })];
    await Promise.all(logins.map((login) => here.committer.commit(login)));
    expect(here.batches).toEqual([{ records: 3, path: 'fast' }]);
    expect([await infoOf(token), await infoOf(other)]).toEqual([{ b: 1, c: 2 }, { phone: '49123' }]);
  });

  it('remembers beside a challenge', async () => {
    const token = await here.enrol();
    const challenge = {
      root: '123456789012',
      place: 0,
      message: '',
      realm: '',
      seconds: 120,
      madeAt: new Date(),
      limit: { since: new Date(0), most: 5 },
      counter: null,
    };
    await here.committer.commit(guessing(token, { a: 1 }, { kind: 'challenge', token, challenge }));
    expect(await infoOf(token)).toEqual({ a: 1 });
    const { rows } = await database.query('SELECT 1 FROM challenge WHERE token_id = $1', [token.id]);
    expect(rows).toHaveLength(1);
  });

  it('lets one of two have what both recall, on two nodes and in one batch', async () => {
    for (const nodes of [
      [here, elsewhere],
      [here, here],
    ] as const) {
      const token = await here.enrol({ info: { seen: 1 } });
      const decisions = await Promise.all(nodes.map((node) => node.committer.commit(taking(token))));
      expect(decisions.map(outcome).toSorted()).toEqual(['nothing', 'taken']);
      expect(await infoOf(token)).toEqual({});
    }
  });

  it('decides again what recalled something that is another by now', async () => {
    const token = await here.enrol({ info: { seen: 1 } });
    await database.query(`UPDATE token SET info = '{"seen": 2}' WHERE id = $1`, [token.id]);
    expect(outcome(await here.committer.commit(taking(token)))).toBe('taken');
    expect(path()).toEqual(['slow']);
    expect(await infoOf(token)).toEqual({});
  });
});
