import type { LoginDecision } from '@app/authentication';
import type { Token } from '@app/tokens';
import type pg from 'pg';

import { hotpAt } from '../../support/clients/otp.js';
import { policiesOf } from '../../support/domain/policy-decisions.js';
import { type Node, TwoNodes, loginWith, rightLogin, wrongLogin } from '../given-node.js';

/** What the committer's statement guards and writes of tokens whose uses are limited, or whose times are kept. */
describe('the group committer', () => {
  let both: TwoNodes;
  let here: Node;
  let elsewhere: Node;
  /** Past both nodes. */
  let database: pg.Client;

  beforeAll(async () => {
    both = await TwoNodes.open();
    ({ here, elsewhere, database } = both);
  }, 60_000);

  afterEach(() => both.check());
  afterAll(() => both?.close());

  const stored = async (token: Token) => {
    const { rows } = await database.query('SELECT counter::int, failures FROM token t WHERE id = $1', [
      token.id,
    ]);
    return rows[0];
  };
  const kind = (decision: LoginDecision | 'start-over') =>
    decision === 'start-over' ? decision : decision.verdict.kind;

  describe('with a token that may be used so often', () => {
    const LAST_ATTEMPT = { attempts: 1, maxAttempts: 2, successes: 0, maxSuccesses: null };
    const LAST_SUCCESS = { attempts: 0, maxAttempts: null, successes: 1, maxSuccesses: 2 };
    const uses = async (token: Token) => (await here.load(token.serial)).uses;

    it.each([
      { limit: 'attempts', given: LAST_ATTEMPT, left: { ...LAST_ATTEMPT, attempts: 2 } },
      { limit: 'successes', given: LAST_SUCCESS, left: { ...LAST_SUCCESS, successes: 2 } },
    ])('accepts one of two that two nodes decided on, with one of its $limit left', async (row) => {
      const token = await here.enrol({ uses: row.given });
      // With different values: the counter alone would let both pass.
      const logins = [loginWith(token, hotpAt(0)), loginWith(token, hotpAt(1))] as const;
      await here.committer.commit(logins[0]);
      expect(kind(await elsewhere.committer.commit(logins[1]))).toBe('rejected');
      expect(logins[1].decidedAgainOn).toHaveLength(1);
      expect(await uses(token)).toEqual(row.left);
      expect(await stored(token)).toMatchObject({ counter: 1, failures: 1 });
    });

    it.each([{ given: LAST_ATTEMPT }, { given: LAST_SUCCESS }])(
      'accepts one of a batch, with one use left: $given',
      async ({ given }) => {
        const token = await here.enrol({ uses: given });
        const logins = [0, 1, 2].map((counter) => loginWith(token, hotpAt(counter)));
        const decisions = await Promise.all(logins.map((login) => here.committer.commit(login)));
        expect(decisions.map(kind)).toEqual(['accepted', 'rejected', 'rejected']);
        expect(here.batches).toEqual([{ records: 3, path: 'fast' }]);
        expect(await stored(token)).toMatchObject({ counter: 1, failures: 2 });
      },
    );

    it('decides an acceptance again where a wrong value used it up meanwhile', async () => {
      const token = await here.enrol({ uses: LAST_ATTEMPT });
      await elsewhere.committer.commit(wrongLogin(token));
      expect(kind(await here.committer.commit(rightLogin(token)))).toBe('rejected');
      expect(here.batches).toEqual([{ records: 1, path: 'slow' }]);
      expect(await uses(token)).toEqual({ ...LAST_ATTEMPT, attempts: 2 });
    });

    it('counts every wrong value, whether or not attempts are limited', async () => {
      const token = await here.enrol();
      await Promise.all([1, 2, 3].map(() => here.committer.commit(wrongLogin(token))));
      expect(here.batches).toEqual([{ records: 3, path: 'fast' }]);
      expect(await uses(token)).toMatchObject({ attempts: 3, maxAttempts: null });
    });
  });

  describe('with a token that has no login left', () => {
    const EXHAUSTED = { attempts: 2, maxAttempts: 2, successes: 0, maxSuccesses: null };
    const DISABLE = policiesOf(['authentication: disable_on_authentication_exceed']);
    const REMOVE = policiesOf(['authentication: delete_on_authentication_exceed']);
    const isActive = async ({ id }: Token) => {
      const { rows } = await database.query<{ active: boolean }>('SELECT active FROM token WHERE id = $1', [
        id,
      ]);
      return rows[0]?.active;
    };

    it('disables it', async () => {
      const token = await here.enrol({ uses: EXHAUSTED });
      const login = loginWith(token, hotpAt(0), { policies: DISABLE });
      expect(kind(await here.committer.commit(login))).toBe('rejected');
      expect(here.batches).toEqual([{ records: 1, path: 'fast' }]);
      expect(await isActive(token)).toBe(false);
      expect(await stored(token)).toMatchObject({ failures: 1 });
    });

    it('removes it, and the logins behind it find nothing', async () => {
      const token = await here.enrol({ uses: { ...EXHAUSTED, attempts: 1 } });
      const logins = [0, 1, 2].map((counter) => loginWith(token, hotpAt(counter), { policies: REMOVE }));
      const decisions = await Promise.all(logins.map((login) => here.committer.commit(login)));
      expect(decisions).toMatchObject([
        { verdict: { kind: 'accepted' } },
        { verdict: { reason: 'no-usable-token' } },
        { verdict: { reason: 'no-token' } },
      ]);
      expect(here.batches).toEqual([{ records: 3, path: 'fast' }]);
      expect(await isActive(token)).toBeUndefined();
    });

    it.each([
      { end: 'disables', policies: DISABLE },
      { end: 'removes', policies: REMOVE },
    ])('$end it only as long as nobody changed it', async ({ policies }) => {
      const token = await here.enrol({ uses: EXHAUSTED });
      await database.query('UPDATE token SET max_attempts = 9, revision = revision + 1 WHERE id = $1', [
        token.id,
      ]);
      const login = loginWith(token, hotpAt(0), { policies });
      expect(kind(await here.committer.commit(login))).toBe('accepted');
      expect(here.batches).toEqual([{ records: 1, path: 'slow' }]);
      expect(await isActive(token)).toBe(true);
    });

    it.each([
      { end: 'disables', policies: DISABLE, active: false },
      { end: 'removes', policies: REMOVE, active: undefined },
    ])('$end it once, however many nodes say so', async ({ policies, active }) => {
      const token = await here.enrol({ uses: EXHAUSTED });
      const logins = [1, 2, 3, 4].map(() => loginWith(token, hotpAt(0), { policies }));
      const decisions = await Promise.all(
        logins.map((login, place) => (place % 2 ? here : elsewhere).committer.commit(login)),
      );
      expect(decisions.map(kind)).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
      expect(await isActive(token)).toBe(active);
    });
  });

  it('keeps the times of uses as exactly as it is told to', async () => {
    const token = await here.enrol();
    const bystander = await here.enrol();
    const times = async ({ id }: Token) => {
      const { rows } = await database.query(
        'SELECT last_match_at AS used, last_success_at AS accepted FROM token WHERE id = $1',
        [id],
      );
      return rows[0];
    };
    const exact = { accessTimeFormat: '%Y-%m-%d %H:%M:%S' };
    const first = new Date('2026-01-02T03:04:05.678Z');
    await here.committer.commit(loginWith(token, hotpAt(0), exact, first));
    expect(await times(token)).toEqual({
      used: new Date('2026-01-02T03:04:05Z'),
      accepted: new Date('2026-01-02T03:04:05Z'),
    });
    const byDay = { accessTimeFormat: '%Y-%m-%d' };
    await Promise.all([
      here.committer.commit(
        loginWith(await here.load(token.serial), '000000', byDay, new Date('2026-01-03T03:04:05Z')),
      ),
      here.committer.commit(rightLogin(bystander)),
    ]);
    expect(await times(token)).toEqual({
      used: new Date('2026-01-03T00:00:00Z'),
      accepted: new Date('2026-01-02T03:04:05Z'),
    });
    expect(await times(bystander)).toEqual({ used: null, accepted: null });
  });
});
