import { GuessLimits, type LoginDecision } from '@app/authentication';
import type { Token } from '@app/tokens';
import type pg from 'pg';

import { hotpAt } from '../../support/clients/otp.js';
import { type Node, TwoNodes, loginWith } from '../given-node.js';

const WITHIN_MS = 60_000;
const LIMITS = new GuessLimits({ mostFailures: 6, firstDelayed: 3, firstSeconds: 100, longestSeconds: 1000 });
const HOME = '192.0.2/24';
const AWAY = '198.51.100/24';

/** What the committer's statement guards and writes where failures lock a token, or make logins wait. */
describe('the group committer, with delays', () => {
  let both: TwoNodes;
  let here: Node;
  let elsewhere: Node;
  /** Past both nodes. */
  let database: pg.Client;

  beforeAll(async () => {
    both = await TwoNodes.open();
    ({ here, elsewhere, database } = both);
  }, WITHIN_MS);

  afterEach(() => both.check());
  afterAll(() => both?.close());

  const given = (failures = 0) => here.enrol({ maxFailures: 1000 }).then((token) => after(token, failures));
  /** The token as it is loaded once so many more logins failed elsewhere. */
  async function after(token: Token, failures: number, origin = AWAY): Promise<Token> {
    for (let count = 0; count < failures; count++) {
      const read = await elsewhere.load(token.serial);
      // The delay before it is over.
      const rested = { ...read, blockedUntil: {} };
      await elsewhere.committer.commit(login(rested, '000000', origin));
    }
    return here.load(token.serial);
  }
  const login = (token: Token, password: string, origin = HOME) =>
    loginWith(token, password, { guessing: { limits: LIMITS, origin } });
  const right = (token: Token, origin = HOME) => login(token, hotpAt(token.counter), origin);
  const wrong = (token: Token, origin = HOME) => login(token, '000000', origin);
  const outcome = (decision: LoginDecision | 'start-over') => {
    if (decision === 'start-over') return decision;
    return decision.verdict.kind === 'rejected' ? decision.verdict.reason : decision.verdict.kind;
  };
  /** Failures, and seconds that are left of each delay. */
  const stored = async ({ id }: Token) => {
    const { rows } = await database.query<{ failures: number; left: Record<string, number> }>(
      `SELECT failures, coalesce((SELECT jsonb_object_agg(key, round(value::numeric - extract(epoch FROM now())))
         FROM jsonb_each_text(blocked_until)), '{}') AS left FROM token WHERE id = $1`,
      [id],
    );
    const [row] = rows;
    if (!row) throw new Error('no such token');
    return row;
  };
  const about = (seconds: number) => expect.closeTo(seconds, -1.5);

  it('sets the delay in the failure’s own statement, by the clock of the database', async () => {
    const token = await given(2);
    expect(outcome(await here.committer.commit(wrong(token)))).toBe('wrong-otp');
    expect(here.batches).toEqual([{ records: 1, path: 'fast' }]);
    expect(await stored(token)).toEqual({ failures: 3, left: { [HOME]: about(100) } });
    const blocked = await elsewhere.load(token.serial);
    expect(outcome(await elsewhere.committer.commit(right(blocked)))).toBe('blocked');
    expect(outcome(await elsewhere.committer.commit(wrong(blocked)))).toBe('blocked');
    expect((await stored(token)).failures).toBe(3);
  });

  it('does not accept what was decided before failures elsewhere made it wait', async () => {
    const decided = right(await given(2));
    await after(await here.load(decided.tokens[0]?.serial ?? ''), 1, HOME);
    expect(outcome(await here.committer.commit(decided))).toBe('blocked');
    expect(here.batches).toEqual([{ records: 1, path: 'slow' }]);
  });

  it('does not accept what was decided before failures elsewhere locked the token for good', async () => {
    const token = await given(5);
    const decided = right({ ...token, blockedUntil: {} });
    await after(token, 1);
    expect(outcome(await here.committer.commit(decided))).toBe('no-usable-token');
  });

  it('counts no guess that was decided before failures elsewhere made it wait', async () => {
    const token = await given(2);
    const guesses = [wrong(token), wrong(token)];
    await after(token, 1, HOME);
    for (const guess of guesses) expect(outcome(await here.committer.commit(guess))).toBe('blocked');
    expect(await stored(token)).toEqual({ failures: 3, left: { [HOME]: about(100) } });
  });

  it('counts no guess that was decided long before', async () => {
    const token = await given();
    const guess = wrong(token);
    await after(token, 3, HOME);
    expect(outcome(await here.committer.commit(guess))).toBe('blocked');
    expect((await stored(token)).failures).toBe(3);
  });

  it('decides again, and accepts, where it was somebody elsewhere who made themselves wait', async () => {
    const token = await given(2);
    const decided = right(token);
    await after(token, 1);
    expect(outcome(await here.committer.commit(decided))).toBe('accepted');
    expect(here.batches).toEqual([{ records: 1, path: 'slow' }]);
    expect((await stored(token)).failures).toBe(0);
  });

  it('looks at no more of a batch than the delay allows', async () => {
    const token = await given();
    const guesses = [wrong(token), wrong(token), wrong(token), wrong(token), right(token)];
    const decisions = await Promise.all(guesses.map((guess) => here.committer.commit(guess)));
    expect(decisions.map(outcome)).toEqual(['wrong-otp', 'wrong-otp', 'wrong-otp', 'blocked', 'blocked']);
    expect(here.batches).toEqual([{ records: 5, path: 'fast' }]);
    expect(await stored(token)).toEqual({ failures: 3, left: { [HOME]: about(100) } });
  });

  it('keeps the delay of each network, and doubles it with the failures of all', async () => {
    const token = await given(2);
    const guesses = [wrong(token), wrong(token, AWAY), wrong(token)];
    const decisions = await Promise.all(guesses.map((guess) => here.committer.commit(guess)));
    expect(decisions.map(outcome)).toEqual(['wrong-otp', 'wrong-otp', 'blocked']);
    const left = { [HOME]: about(100), [AWAY]: about(200) };
    expect(await stored(token)).toEqual({ failures: 4, left });
    const again = wrong(await here.load(token.serial), 'third');
    expect(outcome(await here.committer.commit(again))).toBe('wrong-otp');
    expect((await stored(token)).left).toEqual({ ...left, third: about(400) });
  });

  it('keeps those of sixteen networks: the newest, and those that end last', async () => {
    const limits = new GuessLimits({ mostFailures: 1000, firstDelayed: 1, firstSeconds: 1 });
    const { serial } = await given();
    for (let network = 1; network <= 20; network++) {
      const guessing = { limits, origin: `network ${network}` };
      await here.committer.commit(loginWith(await here.load(serial), '000000', { guessing }));
      await database.query(
        `UPDATE token SET blocked_until = blocked_until || jsonb_build_object($1::text, extract(epoch FROM now()) + 1000 + $2::int)
         WHERE serial = $3`,
        [guessing.origin, network, serial],
      );
    }
    const { left } = await stored(await here.load(serial));
    const kept = Array.from({ length: 16 }, (_, place) => `network ${20 - place}`);
    expect(Object.keys(left).toSorted()).toEqual(kept.toSorted());
  });

  it('forgets delays together with the failures', async () => {
    const token = await given(3);
    expect(outcome(await here.committer.commit(right(token)))).toBe('accepted');
    // Blocked until a minute ago, and forgiven by now.
    const forgiven = await here.load(token.serial);
    expect(outcome(await here.committer.commit(right(forgiven, AWAY)))).toBe('accepted');
    // The next delay is the first one again, and the only one.
    await after(forgiven, 2);
    await here.committer.commit(wrong(await here.load(token.serial)));
    expect(await stored(token)).toEqual({ failures: 3, left: { [HOME]: about(100) } });
  });
});
