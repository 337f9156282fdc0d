import { type LoginAttempt, type LoginCommit, type LoginDecision, decideLogin } from '@app/authentication';
import type { Token } from '@app/tokens';
import type pg from 'pg';

import { ATTEMPT } from '../../support/domain/login-decisions.js';
import { hotpAt } from '../../support/clients/otp.js';
import { policiesOf } from '../../support/domain/policy-decisions.js';
import { CONTEXT, type Node, TwoNodes, rightLogin } from '../given-node.js';

const policies = policiesOf(['authentication: challenge_response=*']);

/** Challenges in the committer alone: what its statement guards. */
describe('the group committer, with challenges', () => {
  let both: TwoNodes;
  let here: Node;
  let elsewhere: Node;
  let database: pg.Client;
  let drawn = 100_000_000_000;

  beforeAll(async () => {
    both = await TwoNodes.open();
    ({ here, elsewhere, database } = both);
  }, 60_000);

  afterEach(() => both.check());
  afterAll(() => both?.close());

  /** Decided on what is there now; how stale it is when it is committed is up to the test. */
  async function loginOf(serial: string, changes: Partial<LoginAttempt>): Promise<LoginCommit> {
    const root = changes.transaction && changes.transaction !== 'unknown' ? changes.transaction.root : null;
    const { tokens, challenges, now } = await here.snapshots.load({ serial, ...(root !== null && { root }) });
    const attempt: LoginAttempt = { ...ATTEMPT, subject: { kind: 'token', serial }, policies, ...changes };
    const decide: LoginCommit['decideAgain'] = (found, at, asked) => {
      const decision = decideLogin(found, attempt, at, () => undefined, asked);
      if ('question' in decision) throw new Error('the token needs an answer from outside');
      return decision;
    };
    const decision = decide(tokens, now, challenges);
    if (!decision) throw new Error('nothing was decided');
    return { context: CONTEXT, tokens, root, challenges, now, decision, decideAgain: decide };
  }

  const triggerOf = (token: Token, id = String(drawn++)) =>
    loginOf(token.serial, { password: '', challenging: { ...ATTEMPT.challenging, id } });
  const answerTo = (root: string, token: Token, counter = 0) =>
    loginOf(token.serial, { password: hotpAt(counter), transaction: { root, place: null } });

  async function challenged(token: Token): Promise<string> {
    const decision = await here.committer.commit(await triggerOf(token));
    if (decision === 'start-over' || decision.verdict.kind !== 'challenged')
      throw new Error('not challenged');
    return decision.verdict.transaction;
  }

  const kind = (decision: LoginDecision | 'start-over') =>
    decision === 'start-over' ? decision : decision.verdict.kind;
  const stored = async (root: string) =>
    (
      await database.query(
        'SELECT state, received, valid, received_count AS count FROM challenge WHERE root = $1',
        [root],
      )
    ).rows[0];

  it('makes one, and takes its answer, in one statement each', async () => {
    const token = await here.enrol();
    const root = await challenged(token);
    expect(await stored(root)).toEqual({ state: 'open', received: false, valid: false, count: 0 });
    expect(kind(await here.committer.commit(await answerTo(root, token)))).toBe('accepted');
    expect(await stored(root)).toEqual({ state: 'closed', received: true, valid: true, count: 1 });
    expect(here.batches.map(({ path }) => path)).toEqual(['fast', 'fast']);
  });

  it('accepts one of two values for one challenge, on two nodes and in one batch', async () => {
    for (const nodes of [
      [here, elsewhere],
      [here, here],
    ]) {
      const token = await here.enrol();
      const root = await challenged(token);
      const answers = await Promise.all([answerTo(root, token), answerTo(root, token, 1)]);
      const decisions = await Promise.all(
        answers.map((answer, turn) => nodes[turn]?.committer.commit(answer)),
      );
      expect(decisions.map((decision) => decision && kind(decision)).toSorted()).toEqual([
        'accepted',
        'rejected',
      ]);
      expect(await stored(root)).toMatchObject({ state: 'closed', valid: true });
    }
  });

  it.each([
    ['was answered', `state = 'closed'`],
    ['expired', 'expires_at = clock_timestamp()'],
  ])('accepts no answer to one that %s meanwhile', async (_, set) => {
    const token = await here.enrol();
    const root = await challenged(token);
    const answer = await answerTo(root, token);
    expect(answer.decision.verdict.kind).toBe('accepted');
    await database.query(`UPDATE challenge SET ${set} WHERE root = $1`, [root]);
    expect(kind(await here.committer.commit(answer))).toBe('rejected');
    expect(here.batches.at(-1)).toEqual({ records: 1, path: 'slow' });
    expect(await stored(root)).toMatchObject({ valid: false });
    expect(await here.load(token.serial)).toMatchObject({ counter: 0, failures: 1 });
  });

  it.each([
    ['token was locked', 'failures = max_failures', 'rejected'],
    ['token was disabled', 'active = false', 'rejected'],
    ['token changed', 'revision = revision + 1', 'accepted'],
  ])('decides an answer again when its %s', async (_, set, verdict) => {
    const token = await here.enrol();
    const root = await challenged(token);
    const answer = await answerTo(root, token);
    await database.query(`UPDATE token SET ${set} WHERE id = $1`, [token.id]);
    expect(kind(await here.committer.commit(answer))).toBe(verdict);
    expect(await stored(root)).toMatchObject({ state: verdict === 'accepted' ? 'closed' : 'open' });
  });

  it.each([
    ['was locked', 'failures = max_failures'],
    ['was disabled', 'active = false'],
    ['was asked elsewhere', 'challenged_at = array_fill(clock_timestamp(), ARRAY[5])'],
  ])('makes none for a token that %s meanwhile', async (_, set) => {
    const token = await here.enrol();
    const trigger = await triggerOf(token);
    await database.query(`UPDATE token SET ${set} WHERE id = $1`, [token.id]);
    expect(kind(await here.committer.commit(trigger))).toBe('rejected');
    expect((await database.query('SELECT 1 FROM challenge WHERE token_id = $1', [token.id])).rowCount).toBe(
      0,
    );
  });

  it('guards the counter of a value behind a trigger of the same batch', async () => {
    const token = await here.enrol();
    const trigger = await triggerOf(token);
    const login = rightLogin(token);
    await database.query('UPDATE token SET counter = 5 WHERE id = $1', [token.id]);
    const decisions = await Promise.all([here.committer.commit(trigger), here.committer.commit(login)]);
    expect(decisions.map(kind)).toEqual(['challenged', 'rejected']);
    expect(await here.load(token.serial)).toMatchObject({ counter: 5 });
  });

  it('starts over with another id where the drawn one is taken', async () => {
    const token = await here.enrol();
    const root = await challenged(token);
    expect(await here.committer.commit(await triggerOf(token, root))).toBe('start-over');
  });

  it('closes older challenges of the token with the one that is answered, not newer ones', async () => {
    const token = await here.enrol();
    const roots = [await challenged(token), await challenged(token), await challenged(token)];
    await here.committer.commit(await answerTo(roots[1] ?? '', token));
    expect(await Promise.all(roots.map(stored))).toMatchObject([
      { state: 'closed', valid: false },
      { state: 'closed', valid: true },
      { state: 'open', valid: false },
    ]);
  });

  it.each([
    ['on two nodes', () => [here, elsewhere]],
    ['in one batch', () => [here, here]],
  ])('accepts one of two tokens that answer one transaction %s', async (_, nodes) => {
    const tokens = [await here.enrol(), await here.enrol()];
    const [root = '', other = ''] = await Promise.all(tokens.map(challenged));
    await database.query('UPDATE challenge SET root = $1, place = 2 WHERE root = $2', [root, other]);
    const answers = await Promise.all(tokens.map((token) => answerTo(root, token)));
    const decisions = await Promise.all(
      answers.map((answer, turn) => nodes()[turn]?.committer.commit(answer)),
    );
    expect(decisions.map((decision) => decision && kind(decision)).toSorted()).toEqual([
      'accepted',
      'rejected',
    ]);
  });

  it('deletes what has expired, and nothing else', async () => {
    const token = await here.enrol();
    const [expired, open] = [await challenged(token), await challenged(token)];
    await database.query('UPDATE challenge SET expires_at = clock_timestamp() WHERE root = $1', [expired]);
    await here.challengeList.purgeExpired();
    expect(await stored(expired)).toBeUndefined();
    expect(await stored(open)).toBeDefined();
  });
});
