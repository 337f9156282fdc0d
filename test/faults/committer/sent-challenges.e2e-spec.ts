import { type LoginAttempt, type LoginCommit, type LoginDecision, decideLogin } from '@app/authentication';
import type { Token } from '@app/tokens';
import type pg from 'pg';

import { givenEmailToken, givenSmsToken, givenVoiceToken } from '../../support/domain/given-token.js';
import { ATTEMPT } from '../../support/domain/login-decisions.js';
import { hotpAt } from '../../support/clients/otp.js';
import { CONTEXT, type Node, TwoNodes } from '../given-node.js';

/** Challenges whose OTPs are sent, in the committer alone: what its statements guard. */
describe('the group committer, with OTPs that are sent', () => {
  let both: TwoNodes;
  let here: Node;
  let elsewhere: Node;
  let database: pg.Client;
  let drawn = 200_000_000_000;

  beforeAll(async () => {
    both = await TwoNodes.open();
    ({ here, elsewhere, database } = both);
  }, 60_000);

  afterEach(() => both.check());
  afterAll(() => both?.close());

  /** Decided on what is there now; how stale it is when it is committed is up to the test. */
  async function loginOf(serial: string, changes: Partial<LoginAttempt>): Promise<LoginCommit> {
    const { transaction = null } = changes;
    const root = transaction && transaction !== 'unknown' ? transaction.root : null;
    const looksAtOpen = root === null;
    const { tokens, challenges, now } = await here.snapshots.load({
      serial,
      ...(root === null ? { withOpen: true } : { root }),
    });
    const attempt: LoginAttempt = { ...ATTEMPT, subject: { kind: 'token', serial }, ...changes };
    const decide: LoginCommit['decideAgain'] = (found, at, asked) => {
      const decision = decideLogin(found, attempt, at, () => undefined, asked);
      if ('question' in decision) throw new Error('the token needs an answer from outside');
      return decision;
    };
    const decision = decide(tokens, now, challenges);
    if (!decision) throw new Error('nothing was decided');
    return { context: CONTEXT, tokens, root, challenges, looksAtOpen, now, decision, decideAgain: decide };
  }

  const triggerOf = (token: Token) =>
    loginOf(token.serial, {
      password: '',
      challenging: { ...ATTEMPT.challenging, realm: '', id: String(drawn++) },
    });
  const answerTo = (root: string, token: Token, counter: number) =>
    loginOf(token.serial, {
      password: hotpAt(counter),
      challenging: { ...ATTEMPT.challenging, realm: '' },
      transaction: { root, place: null },
    });

  async function committed(node: Node, login: LoginCommit): Promise<LoginDecision> {
    const decision = await node.committer.commit(login);
    if (decision === 'start-over') throw new Error('it started over');
    return decision;
  }

  /** Roots of the challenges that a decision makes. */
  const madeBy = ({ effects }: LoginDecision) =>
    effects.flatMap((effect) => (effect.kind === 'challenge' ? [effect.challenge.root] : []));
  const askedBy = ({ verdict }: LoginDecision) =>
    verdict.kind === 'challenged' ? verdict.transaction : verdict.kind;

  /** As the second commit of a login that sends. */
  const delivery = (token: Token, root: string, isSent: boolean, givesBack = false): LoginCommit => {
    const decision: LoginDecision = {
      verdict: { kind: 'rejected', reason: 'not-delivered' },
      effects: [{ kind: 'deliver', token, challenge: { root, place: 0 }, isSent, givesBack }],
      facts: { succeeded: false },
    };
    return {
      context: CONTEXT,
      tokens: [token],
      root: null,
      challenges: [],
      now: new Date(),
      decision,
      decideAgain: () => decision,
    };
  };
  const stored = async (root: string): Promise<string | undefined> =>
    (await database.query('SELECT state FROM challenge WHERE root = $1', [root])).rows[0]?.state;

  const kinds = [
    { type: 'sms', given: givenSmsToken, counter: 1 },
    { type: 'email', given: givenEmailToken, counter: 2 },
    { type: 'voice', given: givenVoiceToken, counter: 0 },
  ] as const;

  describe.each(kinds)('of a token of type $type', ({ type, given, counter }) => {
    let places = 0;
    const enrolled = () => here.enrol({ ...given({ serial: `${type}${places++}` }) });

    it.each([
      ['on two nodes', () => [here, elsewhere]],
      ['in one batch', () => [here, here]],
    ])('makes one challenge for two triggers at once %s', async (_, nodes) => {
      const token = await enrolled();
      const triggers = [await triggerOf(token), await triggerOf(token)];
      const decisions = await Promise.all(
        triggers.map((trigger, turn) => committed(nodes()[turn] ?? here, trigger)),
      );
      expect(decisions.flatMap(madeBy)).toHaveLength(1);
      expect(new Set(decisions.map(askedBy)).size).toBe(1);
      expect(await here.load(token.serial)).toMatchObject({ counter });
    });

    it('asks again by one that is made behind a trigger that had read none', async () => {
      const token = await enrolled();
      const late = await triggerOf(token);
      const [root = ''] = madeBy(await committed(elsewhere, await triggerOf(token)));
      const decision = await committed(here, late);
      expect([madeBy(decision), askedBy(decision)]).toEqual([[], root]);
      expect(here.batches.at(-1)).toEqual({ records: 1, path: 'slow' });
    });

    it('opens it once its message is sent, and removes it otherwise, also where the token is gone', async () => {
      for (const isSent of [true, false]) {
        const token = await enrolled();
        const [root = ''] = madeBy(await committed(here, await triggerOf(token)));
        expect(await stored(root)).toBe('unsent');
        await database.query('DELETE FROM token WHERE id = $1', [token.id]);
        await committed(elsewhere, delivery(token, root, isSent));
        expect(await stored(root)).toBe(isSent ? 'open' : undefined);
      }
    });

    it('leaves others of its transaction, and those that are closed, as they are', async () => {
      const [token, other] = [await enrolled(), await enrolled()];
      const [root = ''] = madeBy(await committed(here, await triggerOf(token)));
      const [second = ''] = madeBy(await committed(here, await triggerOf(other)));
      await database.query('UPDATE challenge SET root = $1, place = 2 WHERE root = $2', [root, second]);
      await committed(here, delivery(token, root, false));
      expect(await stored(root)).toBe('unsent');
      await database.query(`UPDATE challenge SET state = 'closed', place = 0 WHERE root = $1`, [root]);
      await committed(here, delivery(other, root, true));
      expect(await stored(root)).toBe('closed');
    });
  });

  describe('gives a place back', () => {
    /** With messages of an hour ago, since a new one is not sent so soon. */
    async function triggered(serial: string, times: number) {
      const token = await here.enrol({ ...givenEmailToken({ serial }) });
      const roots: string[] = [];
      while (roots.length < times) {
        const [root = ''] = madeBy(await committed(here, await triggerOf(token)));
        roots.push(root);
        await database.query(
          `UPDATE token SET challenged_at = array_replace(challenged_at, c.created_at,
            c.created_at - interval '1 minute') FROM challenge c WHERE token_id = token.id AND root = $1`,
          [root],
        );
        await database.query(
          `UPDATE challenge SET created_at = created_at - interval '1 minute' WHERE root = $1`,
          [root],
        );
      }
      return { token, roots };
    }
    const placesOf = async (token: Token): Promise<readonly string[]> =>
      (
        await database.query(
          'SELECT c::text FROM token, unnest(challenged_at) AS c WHERE id = $1 ORDER BY c',
          [token.id],
        )
      ).rows.map(({ c }) => c);

    it('that is its own, once, and no other', async () => {
      const { token, roots } = await triggered('BACK', 3);
      const [first, , third] = await placesOf(token);
      const { rowCount } = await database.query(
        `SELECT 1 FROM challenge WHERE root = $1 AND created_at = $2::timestamptz`,
        [roots[0], first],
      );
      expect(rowCount).toBe(1);
      await committed(here, delivery(token, roots[1] ?? '', false, true));
      expect(await placesOf(token)).toEqual([first, third]);
      await committed(elsewhere, delivery(token, roots[1] ?? '', false, true));
      expect(await placesOf(token)).toEqual([first, third]);
    });

    it('not for what may have arrived, what was sent, and what is no longer unsent', async () => {
      const { token, roots } = await triggered('KEPT', 3);
      const [unclear = '', sent = '', answered = ''] = roots;
      await committed(here, delivery(token, unclear, false));
      await committed(here, delivery(token, sent, true));
      await database.query(`UPDATE challenge SET state = 'closed' WHERE root = $1`, [answered]);
      await committed(here, delivery(token, answered, false, true));
      expect(await placesOf(token)).toHaveLength(3);
    });

    it.each([
      ['on two nodes', () => elsewhere],
      ['in one batch', () => here],
    ])('to whoever asks next, of many at once %s to one', async (_, other) => {
      const { token, roots } = await triggered(`NEXT${drawn}`, 5);
      expect(madeBy((await triggerOf(token)).decision)).toEqual([]);
      const [, ...decisions] = await Promise.all([
        committed(here, delivery(token, roots[4] ?? '', false, true)),
        committed(here, await triggerOf(token)),
        committed(other(), await triggerOf(token)),
      ]);
      expect(decisions.flatMap(madeBy).length).toBeLessThan(2);
      const more = await Promise.all(
        [here, elsewhere, here].map(async (node) => committed(node, await triggerOf(token))),
      );
      expect([...decisions, ...more].flatMap(madeBy)).toHaveLength(1);
      expect(await placesOf(token)).toHaveLength(5);
    });
  });

  it.each([
    ['is unsent', `state = 'unsent'`],
    ['was answered', `state = 'closed'`],
    ['expired', 'expires_at = clock_timestamp()'],
  ])('accepts no answer to an e-mail whose challenge %s meanwhile', async (_, set) => {
    const token = await here.enrol({ ...givenEmailToken({ serial: `MAIL${drawn}` }) });
    const [root = ''] = madeBy(await committed(here, await triggerOf(token)));
    await committed(here, delivery(token, root, true));
    const answer = await answerTo(root, token, 1);
    expect(answer.decision.verdict.kind).toBe('accepted');
    await database.query(`UPDATE challenge SET ${set} WHERE root = $1`, [root]);
    expect((await committed(here, answer)).verdict.kind).toBe('rejected');
    expect(await here.load(token.serial)).toMatchObject({ counter: 2, failures: 1 });
  });

  it('takes no counter back by an answer to an older e-mail', async () => {
    const token = await here.enrol({ ...givenEmailToken({ serial: 'TWICE' }) });
    const [root = ''] = madeBy(await committed(here, await triggerOf(token)));
    await committed(here, delivery(token, root, true));
    const answer = await answerTo(root, token, 1);
    await database.query(`UPDATE challenge SET created_at = created_at - interval '1 hour'`);
    const trigger = await triggerOf(token);
    const decisions = await Promise.all([committed(here, trigger), committed(here, answer)]);
    expect(decisions.map(({ verdict }) => verdict.kind)).toEqual(['challenged', 'accepted']);
    expect(await here.load(token.serial)).toMatchObject({ counter: 4 });
  });
});
