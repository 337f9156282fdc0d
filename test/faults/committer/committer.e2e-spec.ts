import type { LoginDecision } from '@app/authentication';
import { Unavailable } from '@app/kernel';
import type { Token } from '@app/tokens';
import type pg from 'pg';

import type { Installation } from '../../support/application/installation.js';
import { hotpAt } from '../../support/clients/otp.js';
import { somebodyWaits } from '../../support/database/lock-waits.js';
import { NotSent } from '../../../src/persistence/database.js';
import { givenHotpToken } from '../../support/domain/given-token.js';
import {
  CONTEXT,
  type DecidedLogin,
  type Node,
  TwoNodes,
  loginWith,
  openNode,
  rightLogin,
  wrongLogin,
} from '../given-node.js';

const NOBODY_HOLDS_ITS_LOCK_LONGER_MS = 30_000;
const DEADLOCK = '40P01';

/** The committer alone, on PostgreSQL: what its statement guards, and what becomes of what misses a guard. */
describe('the group committer', () => {
  let both: TwoNodes;
  let installation: Installation;
  let here: Node;
  let elsewhere: Node;
  /** Past both nodes. */
  let database: pg.Client;

  beforeAll(async () => {
    both = await TwoNodes.open();
    ({ here, elsewhere, database, installation } = both);
  }, 60_000);

  afterEach(() => both.check());
  afterAll(() => both?.close());

  const stored = async (token: Token) => {
    const { rows } = await database.query(
      'SELECT counter::int, failures, (SELECT count(*)::int FROM audit_record r WHERE r.serial = t.serial) AS records FROM token t WHERE id = $1',
      [token.id],
    );
    return rows[0];
  };
  const kind = (decision: LoginDecision | 'start-over') =>
    decision === 'start-over' ? decision : decision.verdict.kind;

  it('commits what it was given, in one statement, when nothing has changed', async () => {
    const token = await here.enrol();
    const login = rightLogin(token);
    await expect(here.committer.commit(login)).resolves.toBe(login.decision);
    expect(here.batches).toEqual([{ records: 1, path: 'fast' }]);
    expect(await stored(token)).toMatchObject({ counter: 1, failures: 0 });
  });

  it('accepts one of two that were decided on the same state by two nodes', async () => {
    const token = await here.enrol();
    const logins = [rightLogin(token), rightLogin(token)] as const;
    const decisions = await Promise.all([
      here.committer.commit(logins[0]),
      elsewhere.committer.commit(logins[1]),
    ]);
    expect(decisions.map(kind).toSorted()).toEqual(['accepted', 'rejected']);
    expect(logins.flatMap(({ decidedAgainOn }) => decidedAgainOn)).toMatchObject([[{ counter: 1 }]]);
    expect(await stored(token)).toMatchObject({ counter: 1, failures: 1 });
  });

  describe('decides an acceptance again, on locked rows, when meanwhile', () => {
    it.each([
      { change: 'its value was spent', set: 'counter = 1', again: 'rejected', counter: 1, failures: 1 },
      { change: 'a later value was spent', set: 'counter = 7', again: 'rejected', counter: 7, failures: 1 },
      { change: 'the limit was reached', set: 'failures = 10', again: 'rejected', counter: 0, failures: 11 },
      { change: 'the token was disabled', set: 'active = false', again: 'rejected', counter: 0, failures: 0 },
      {
        change: 'an administrator changed the token, harmlessly',
        set: 'revision = revision + 1',
        again: 'accepted',
        counter: 1,
        failures: 0,
      },
    ])('$change', async ({ set, again, counter, failures }) => {
      const token = await here.enrol();
      const login = rightLogin(token);
      await database.query(`UPDATE token SET ${set} WHERE id = $1`, [token.id]);
      expect(kind(await here.committer.commit(login))).toBe(again);
      expect(login.decidedAgainOn).toHaveLength(1);
      expect(here.batches).toEqual([{ records: 1, path: 'slow' }]);
      expect(await stored(token)).toMatchObject({ counter, failures });
    });

    it('the PIN was changed', async () => {
      const token = await here.enrol();
      const login = rightLogin(token);
      const other = await here.enrol({ serial: 'PINNED', pin: null });
      await here.tokenAdministration.change(login.context, async (tokens) => ({
        result: await tokens.update(token.id, { pin: other.secret }),
        facts: { succeeded: true },
      }));
      expect(kind(await here.committer.commit(login))).toBe('rejected');
      expect(await stored(token)).toMatchObject({ counter: 0, failures: 1 });
    });

    it('the token was removed', async () => {
      const token = await here.enrol();
      const login = rightLogin(token);
      await database.query('DELETE FROM token WHERE id = $1', [token.id]);
      await expect(here.committer.commit(login)).resolves.toMatchObject({
        verdict: { kind: 'rejected', reason: 'no-token' },
      });
      expect(login.decidedAgainOn).toEqual([[]]);
    });
  });

  it('leaves the others of a batch as they were decided when one of them was stale', async () => {
    const tokens = await Promise.all([here.enrol(), here.enrol(), here.enrol()]);
    const logins = tokens.map(rightLogin);
    await database.query('UPDATE token SET counter = 5 WHERE id = $1', [tokens[1]?.id]);
    const decisions = await Promise.all(logins.map((login) => here.committer.commit(login)));
    expect(decisions.map(kind)).toEqual(['accepted', 'rejected', 'accepted']);
    expect(here.batches).toEqual([{ records: 3, path: 'slow' }]);
  });

  describe('decides logins of one token in one batch one after the other', () => {
    it('each on what those before it leave', async () => {
      const token = await here.enrol();
      const passes = [hotpAt(0), hotpAt(0), hotpAt(3), hotpAt(1), '000000'];
      const logins = passes.map((pass) => loginWith(token, pass));
      const decisions = await Promise.all(logins.map((login) => here.committer.commit(login)));
      expect(decisions.map(kind)).toEqual(['accepted', 'rejected', 'accepted', 'rejected', 'rejected']);
      expect(here.batches).toEqual([{ records: 5, path: 'fast' }]);
      expect(await stored(token)).toEqual({ counter: 4, failures: 2, records: 6 });
    });

    it('with the limit between them', async () => {
      const token = await here.enrol({ maxFailures: 3, failures: 1 });
      const fresh = await here.load(token.serial);
      const passes = ['000000', hotpAt(0), '000000', '000000', '000000', hotpAt(1)];
      const decisions = await Promise.all(
        passes.map((pass) => here.committer.commit(loginWith(fresh, pass))),
      );
      expect(decisions.map(kind)).toEqual([
        'rejected',
        'accepted',
        'rejected',
        'rejected',
        'rejected',
        'rejected',
      ]);
      expect(await stored(token)).toMatchObject({ counter: 1, failures: 4 });
    });

    it.each([
      {
        meanwhile: 'failures = 2',
        verdicts: ['rejected', 'rejected'],
        counter: 0,
        failures: 4,
        path: 'slow',
      },
      {
        meanwhile: 'failures = 1',
        verdicts: ['rejected', 'accepted'],
        counter: 1,
        failures: 0,
        path: 'fast',
      },
    ])(
      'with what others did meanwhile: $meanwhile',
      async ({ meanwhile, verdicts, counter, failures, path }) => {
        const token = await here.enrol({ maxFailures: 3 });
        const logins = [wrongLogin(token), rightLogin(token)];
        await database.query(`UPDATE token SET ${meanwhile} WHERE id = $1`, [token.id]);
        const decisions = await Promise.all(logins.map((login) => here.committer.commit(login)));
        expect(decisions.map(kind)).toEqual(verdicts);
        expect(here.batches).toMatchObject([{ path }]);
        expect(await stored(token)).toMatchObject({ counter, failures });
      },
    );

    it('whatever they saw: one read before an administrator changed the token, one after', async () => {
      const token = await here.enrol();
      await database.query('UPDATE token SET revision = revision + 1 WHERE id = $1', [token.id]);
      const changed = await here.load(token.serial);
      const logins = [loginWith(token, hotpAt(0)), loginWith(changed, hotpAt(1))];
      const decisions = await Promise.all(logins.map((login) => here.committer.commit(login)));
      expect(decisions.map(kind)).toEqual(['accepted', 'accepted']);
      expect(here.batches).toEqual([{ records: 2, path: 'slow' }]);
      expect(await stored(token)).toMatchObject({ counter: 2, failures: 0 });
    });
  });

  it('counts every failure, however stale the state was that it was decided on', async () => {
    const token = await here.enrol();
    const guesses = Array.from({ length: 60 }, () => wrongLogin(token));
    await Promise.all(guesses.map((guess, place) => (place % 2 ? here : elsewhere).committer.commit(guess)));
    expect(here.batches.filter(({ path }) => path !== 'fast')).toEqual([]);
    expect(await stored(token)).toMatchObject({ counter: 0, failures: 60, records: 61 });
  });

  it('commits no acceptance behind the limit', async () => {
    const token = await here.enrol({ maxFailures: 10 });
    const right = rightLogin(token);
    await Promise.all(Array.from({ length: 10 }, () => elsewhere.committer.commit(wrongLogin(token))));
    expect(kind(await here.committer.commit(right))).toBe('rejected');
    expect(await stored(token)).toMatchObject({ counter: 0, failures: 11 });
  });

  it('tells a login to start over that cannot be decided again here, and commits the others', async () => {
    const [stuck, free] = [await here.enrol(), await here.enrol()];
    const logins = [{ ...rightLogin(stuck), decideAgain: () => null }, rightLogin(free)] as const;
    await database.query('UPDATE token SET revision = revision + 1 WHERE id = $1', [stuck.id]);
    const decisions = await Promise.all(logins.map((login) => here.committer.commit(login)));
    expect(decisions.map(kind)).toEqual(['start-over', 'accepted']);
    expect(await stored(stuck)).toMatchObject({ counter: 0, failures: 0, records: 1 });
  });

  it('fails a login alone that throws when it is decided again', async () => {
    const [broken, free] = [await here.enrol(), await here.enrol()];
    const decideAgain = () => {
      throw new Error('its seal is broken');
    };
    await database.query('UPDATE token SET revision = revision + 1 WHERE id = $1', [broken.id]);
    const [failed, accepted] = await Promise.allSettled([
      here.committer.commit({ ...rightLogin(broken), decideAgain }),
      here.committer.commit(rightLogin(free)),
    ]);
    expect(failed).toMatchObject({ status: 'rejected', reason: { message: 'its seal is broken' } });
    expect(accepted).toMatchObject({ status: 'fulfilled', value: { verdict: { kind: 'accepted' } } });
  });

  describe('with a record that the database refuses', () => {
    beforeAll(() =>
      database.query(`ALTER TABLE audit_record ADD CONSTRAINT tasty CHECK (detail <> 'poison')`),
    );
    afterAll(() => database.query('ALTER TABLE audit_record DROP CONSTRAINT tasty'));

    const poisoned = (token: Token) => {
      const login = wrongLogin(token);
      const facts = { ...login.decision.facts, detail: 'poison' };
      return {
        ...login,
        decision: { ...login.decision, facts },
        decideAgain: () => ({ ...login.decision, facts }),
      };
    };

    it.each([
      { batch: 'as they were decided', stale: false },
      { batch: 'decided again', stale: true },
    ])('fails that login alone; the others are committed once, $batch', async ({ stale }) => {
      const tokens = await Promise.all(Array.from({ length: 5 }, () => here.enrol()));
      const [first, second, culprit, ...others] = tokens as [Token, Token, Token, Token, Token];
      const logins = [rightLogin(first), wrongLogin(second), poisoned(culprit), ...others.map(rightLogin)];
      if (stale) await database.query('UPDATE token SET counter = 1 WHERE id = $1', [first.id]);
      const outcomes = await Promise.allSettled(logins.map((login) => here.committer.commit(login)));
      expect(outcomes.map(({ status }) => status)).toEqual([
        'fulfilled',
        'fulfilled',
        'rejected',
        'fulfilled',
        'fulfilled',
      ]);
      expect(outcomes[2]).toMatchObject({ reason: expect.any(Unavailable) });
      const found = [];
      for (const token of tokens) found.push(await stored(token));
      expect(found).toEqual([
        { counter: 1, failures: stale ? 1 : 0, records: 2 },
        { counter: 0, failures: 1, records: 2 },
        { counter: 0, failures: 0, records: 1 },
        { counter: 1, failures: 0, records: 2 },
        { counter: 1, failures: 0, records: 2 },
      ]);
    });
  });

  describe('with a login that no statement can be made of', () => {
    // What no decision should hold: pg does not take it, nor does the array that it is put into.
    const NO_VALUE = {} as never;
    type Facts = LoginDecision['facts'];
    const unsendable: Readonly<Record<string, (login: DecidedLogin) => LoginDecision>> = {
      'an effect': ({ decision }) => ({
        ...decision,
        effects: decision.effects.map((effect) =>
          'spends' in effect ? { ...effect, spends: { ...effect.spends, shiftSeconds: NO_VALUE } } : effect,
        ),
      }),
      'a record': ({ decision }) => ({
        ...decision,
        facts: { ...decision.facts, detail: NO_VALUE } satisfies Facts,
      }),
    };

    it.each([
      { what: 'an effect', stale: false },
      { what: 'an effect', stale: true },
      { what: 'a record', stale: false },
      { what: 'a record', stale: true },
    ])(
      'fails that one alone, as a mistake of ours, and takes no connection for lost: $what, stale: $stale',
      async ({ what, stale }) => {
        const tokens = await Promise.all(Array.from({ length: 3 }, () => here.enrol()));
        const [first, culprit, last] = tokens as [Token, Token, Token];
        const login = rightLogin(culprit);
        const decision = unsendable[what]?.(login) ?? login.decision;
        const lanes = () => database.query('SELECT id FROM audit_lane ORDER BY id').then(({ rows }) => rows);
        const before = await lanes();
        if (stale) await database.query('UPDATE token SET counter = 1 WHERE id = $1', [first.id]);
        const outcomes = await Promise.allSettled([
          here.committer.commit(rightLogin(first)),
          here.committer.commit({ ...login, decision, decideAgain: () => decision }),
          here.committer.commit(rightLogin(last)),
        ]);
        expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
        expect(outcomes[1]).toMatchObject({ reason: expect.any(NotSent) });
        expect(await stored(culprit)).toEqual({ counter: 0, failures: 0, records: 1 });
        expect(await stored(last)).toEqual({ counter: 1, failures: 0, records: 2 });
        expect(await lanes()).toEqual(before);
        expect(here.unknown).toEqual([]);
      },
    );

    it('fails a change of an administrator likewise, of which nothing is left', async () => {
      const token = givenHotpToken({ serial: 'NOVALUE' });
      const change = here.tokenAdministration.change(CONTEXT, async (tokens) => {
        await tokens.insert(token);
        return { result: null, facts: { succeeded: true, serial: NO_VALUE } };
      });
      await expect(change).rejects.not.toBeInstanceOf(Unavailable);
      await expect(here.load('NOVALUE')).rejects.toThrow('no token');
    });

    it('leaves the connection as it was', async () => {
      const client = await here.connect();
      const circle: Record<string, unknown> = {};
      circle['itself'] = circle;
      for (const name of ['named', undefined]) {
        const query = { name, text: 'SELECT $1::jsonb AS given' };
        await expect(client.query({ ...query, values: [circle] })).rejects.toBeInstanceOf(NotSent);
        const { rows } = await client.query({ ...query, values: [{ itself: null }] });
        expect(rows).toEqual([{ given: { itself: null } }]);
      }
      await client.end();
    });
  });

  describe('when PostgreSQL ends a statement that another could have gone before', () => {
    /** Two logins of one batch, and a transaction that locks their tokens the wrong way round: the committer never does. */
    async function deadlock(): Promise<{ kinds: string[]; token: Token } | null> {
      const [low, high] = [await here.enrol(), await here.enrol()];
      const other = await installation.database.connect();
      try {
        await other.query('BEGIN');
        await other.query('SELECT 1 FROM token WHERE id = $1 FOR UPDATE', [high.id]);
        const commits = Promise.all([low, high].map((token) => here.committer.commit(rightLogin(token))));
        await somebodyWaits(database, commits);
        const isCommitterEnded = await other
          .query('SELECT 1 FROM token WHERE id = $1 FOR UPDATE', [low.id])
          .then(
            () => true,
            (error: { code?: string }) => {
              if (error.code !== DEADLOCK) throw error;
              return false;
            },
          );
        await other.query('ROLLBACK');
        const kinds = (await commits).map(kind);
        return isCommitterEnded ? { kinds, token: high } : null;
      } finally {
        await other.end();
      }
    }

    it(
      'tries again after a deadlock',
      async () => {
        // PostgreSQL ends whichever looks first, on a busy machine the other one: until it was the committer's.
        let committed: Awaited<ReturnType<typeof deadlock>> = null;
        while (committed === null) committed = await deadlock();
        expect(committed.kinds).toEqual(['accepted', 'accepted']);
        expect(await stored(committed.token)).toMatchObject({ counter: 1, failures: 0, records: 2 });
      },
      NOBODY_HOLDS_ITS_LOCK_LONGER_MS,
    );

    it.each([
      { failures: 3, outcome: 'fulfilled', counter: 1 },
      { failures: 20, outcome: 'rejected', counter: 0 },
    ])(
      'tries $failures serialization failures in a row: $outcome',
      async ({ failures, outcome, counter }) => {
        const token = await here.enrol();
        // Drawn numbers are not given back by a rollback: the first `failures` inserts fail.
        await database.query(`
        CREATE SEQUENCE tried;
        CREATE FUNCTION fail_at_first() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF nextval('tried') <= ${failures} THEN RAISE EXCEPTION 'not now' USING ERRCODE = '40001'; END IF;
          RETURN NEW; END $$;
        CREATE TRIGGER fail_at_first BEFORE INSERT ON audit_record FOR EACH ROW EXECUTE FUNCTION fail_at_first()`);
        try {
          const [settled] = await Promise.allSettled([here.committer.commit(rightLogin(token))]);
          expect(settled).toMatchObject({ status: outcome });
        } finally {
          await database.query(
            'DROP TRIGGER fail_at_first ON audit_record; DROP FUNCTION fail_at_first; DROP SEQUENCE tried',
          );
        }
        expect(await stored(token)).toMatchObject({ counter, failures: 0 });
      },
    );
  });

  it('goes on in a successor when somebody closed its lanes', async () => {
    const tokens = await Promise.all(Array.from({ length: 4 }, () => here.enrol()));
    await database.query('UPDATE audit_lane SET closed_at = now() WHERE closed_at IS NULL');
    for (const token of tokens) expect(kind(await here.committer.commit(rightLogin(token)))).toBe('accepted');
  });

  it('closes its lanes when it closes', async () => {
    const passing = await openNode(installation);
    const token = await passing.enrol({ serial: 'PASSING' });
    expect(kind(await passing.committer.commit(rightLogin(token)))).toBe('accepted');
    await passing.close();
    const { rows } = await database.query(
      `SELECT l.closed_at IS NOT NULL AS closed FROM audit_lane l JOIN audit_record r ON r.lane = l.id WHERE r.serial = 'PASSING'`,
    );
    expect(rows).toEqual([{ closed: true }, { closed: true }]);
  });

  it('lets records alone pass the logins that wait', async () => {
    const tokens = await Promise.all(Array.from({ length: 70 }, () => here.enrol()));
    const logins = tokens.map((token) => here.committer.commit(wrongLogin(token)));
    await here.committer.append({ ...CONTEXT, action: 'admin/passes' }, { succeeded: true });
    await Promise.all(logins);
    const { rows } = await database.query(
      `SELECT count(*)::int AS behind FROM audit_record one JOIN audit_record r ON r.lane = one.lane AND r.seq > one.seq
       WHERE one.action = 'admin/passes'`,
    );
    expect(rows[0].behind).toBeGreaterThan(0);
  });

  it('turns away more than may wait', async () => {
    const appended = Array.from({ length: 5_001 }, () => here.committer.append(CONTEXT, { succeeded: true }));
    const outcomes = await Promise.allSettled(appended);
    const turnedAway = outcomes.map((outcome) => outcome.status === 'rejected' && String(outcome.reason));
    // A slow machine may keep some of the others waiting for too long.
    expect(turnedAway.map((why) => why && why.includes('too many')).indexOf(true)).toBe(5_000);
  });
});
