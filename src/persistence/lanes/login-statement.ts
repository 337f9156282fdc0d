import type { Confirmation, LoginDecision, LoginEffect } from '@app/authentication';

import { arrayLiteral } from './array-literal.js';
import { type ChallengeChanges, challengeChanges } from './challenge-changes.js';
import { type ChainBatch, CHAIN_CTES, NEXT_PARAMETER, chainParameters } from './chain-batch.js';
import { dueReports, reportParameters, reporting } from './login-reports.js';
import { type TokenUpdate, tokenUpdates } from './token-updates.js';

/** A column of what becomes of the tokens' rows: its name, its array type, and where its values come from. */
type UpdateColumn = readonly [name: string, type: string, value: (update: TokenUpdate) => unknown];

const COLUMNS: readonly UpdateColumn[] = [
  ['id', 'bigint', ({ id }) => id],
  ['guarded', 'bool', ({ isGuarded }) => isGuarded],
  ['revision', 'bigint', ({ revision }) => revision],
  ['most', 'int', ({ mostFailures }) => mostFailures],
  ['below', 'bigint', ({ counterBelow }) => counterBelow],
  ['next', 'bigint', ({ nextCounter }) => nextCounter],
  ['shift', 'float8', ({ shiftSeconds }) => shiftSeconds],
  ['resets', 'bool', ({ resets }) => resets],
  ['failures', 'int', ({ failures }) => failures],
];

/** Only where one of the tokens has something there: most logins count no uses, keep no times, and learn nothing of a token. */
const MORE_COLUMNS: readonly UpdateColumn[] = [
  ['inactive', 'bool', ({ isInactive }) => isInactive],
  ['device', 'text', ({ privateId }) => privateId],
  ['rolled_out', 'bool', ({ endsRollOut }) => endsRollOut],
  ['attempts', 'int', ({ attempts }) => attempts],
  ['successes', 'int', ({ successes }) => successes],
  ['used', 'timestamptz', ({ usedAt }) => usedAt],
  ['accepted', 'timestamptz', ({ acceptedAt }) => acceptedAt],
  ['info', 'jsonb', ({ info }) => info && JSON.stringify(info)],
  ['recalled', 'jsonb', ({ recalled }) => recalled && JSON.stringify(recalled)],
  ['enabled', 'bool', ({ enables }) => enables],
  ['disabled', 'bool', ({ end }) => end === 'disable'],
  ['removed', 'bool', ({ end }) => end === 'remove'],
];

/** Only where challenges are made, or logins have to wait from now on. */
const CHALLENGE_COLUMNS: readonly UpdateColumn[] = [
  ['challenges', 'int', ({ challenges }) => challenges],
  ['since', 'timestamptz', ({ challengesSince }) => challengesSince],
  ['most_challenges', 'int', ({ mostChallenges }) => mostChallenges],
  ['delays', 'jsonb', ({ delays }) => delays && JSON.stringify(delays)],
  ['first_delays', 'bool', ({ areFirstDelays }) => areFirstDelays],
];
const ALL_COLUMNS = [...COLUMNS, ...MORE_COLUMNS, ...CHALLENGE_COLUMNS];

/** Arrays of what becomes of challenges, behind those of tokens: name, array type, values. */
type ChangeColumn = readonly [name: string, type: string, values: (changes: ChallengeChanges) => unknown[]];

const ANSWERED: readonly ChangeColumn[] = [
  ['id', 'bigint', ({ answers }) => answers.map(({ challenge }) => challenge.id)],
  ['token', 'bigint', ({ answers }) => answers.map(({ token }) => token.id)],
  ['root', 'text', ({ answers }) => answers.map(({ challenge }) => challenge.root)],
  ['valid', 'bool', ({ answers }) => answers.map(({ isAccepted }) => isAccepted)],
  ['says', 'text', ({ answers }) => answers.map(({ confirms }) => confirms ?? null)],
  ['keeps', 'bool', ({ answers }) => answers.map(({ keepsOlder }) => keepsOlder ?? false)],
];
const MISSED: readonly ChangeColumn[] = [
  ['id', 'bigint', ({ missed }) => [...missed.keys()]],
  ['times', 'int', ({ missed }) => [...missed.values()]],
  ['accepts', 'bool', ({ missed, missedBy }) => saying('accept', missed, missedBy)],
  ['rejects', 'bool', ({ missed, missedBy }) => saying('reject', missed, missedBy)],
];
const MISSED_ALL: readonly ChangeColumn[] = [
  ['token', 'bigint', ({ missedAllOf }) => [...missedAllOf.keys()]],
  ['times', 'int', ({ missedAllOf }) => [...missedAllOf.values()]],
];
const MADE: readonly ChangeColumn[] = [
  ['root', 'text', ({ made }) => made.map(({ challenge }) => challenge.root)],
  ['place', 'smallint', ({ made }) => made.map(({ challenge }) => challenge.place)],
  ['token', 'bigint', ({ made }) => made.map(({ token }) => token.id)],
  ['serial', 'text', ({ made }) => made.map(({ token }) => token.serial)],
  ['message', 'text', ({ made }) => made.map(({ challenge }) => challenge.message)],
  ['resolver', 'text', ({ made }) => made.map(({ token }) => token.owner?.resolver ?? null)],
  ['user_id', 'text', ({ made }) => made.map(({ token }) => token.owner?.userId ?? null)],
  ['realm', 'text', ({ made }) => made.map(({ challenge }) => challenge.realm)],
  ['seconds', 'int', ({ made }) => made.map(({ challenge }) => challenge.seconds)],
  ['counter', 'text', ({ made }) => made.map(({ challenge }) => challenge.counter?.toString() ?? null)],
  [
    'data',
    'jsonb',
    ({ made }) => made.map(({ challenge: { data } }) => (data ? JSON.stringify(data) : null)),
  ],
];
const CHANGE_COLUMNS = [...ANSWERED, ...MISSED, ...MISSED_ALL, ...MADE];

/** Behind all others, and only where messages of challenges were sent, or were not. */
const DELIVERED: readonly ChangeColumn[] = [
  ['root', 'text', ({ delivered }) => delivered.map(({ challenge }) => challenge.root)],
  ['place', 'smallint', ({ delivered }) => delivered.map(({ challenge }) => challenge.place)],
  ['sent', 'bool', ({ delivered }) => delivered.map(({ isSent }) => isSent)],
  ['back', 'bool', ({ delivered }) => delivered.map(({ givesBack }) => givesBack)],
];
const ALL_CHANGES = [...CHANGE_COLUMNS, ...DELIVERED];

const IDS = `$${NEXT_PARAMETER}`;
const MOST = 2_147_483_647;

// No counter goes back, whatever was decided: of some types a match spends less than was used up since.
const SETS = `counter = greatest(t.counter, e.next),
    shift_seconds = coalesce(e.shift, t.shift_seconds),
    failures = least((CASE WHEN e.resets THEN 0 ELSE t.failures END)::bigint + e.failures, ${MOST})::int`;
const MORE_SETS = `${SETS},
    device_private_id = coalesce(e.device, t.device_private_id),
    shared_secret_sealed = CASE WHEN e.rolled_out THEN NULL ELSE t.shared_secret_sealed END,
    attempts = least(t.attempts::bigint + e.attempts, ${MOST})::int,
    successes = least(t.successes::bigint + e.successes, ${MOST})::int,
    last_match_at = coalesce(e.used, t.last_match_at),
    last_success_at = coalesce(e.accepted, t.last_success_at),
    info = CASE WHEN e.info IS NULL THEN t.info ELSE jsonb_strip_nulls(t.info || e.info) END,
    active = (t.active OR e.enabled) AND NOT e.disabled`;

// Of failures, too, where others before them would have made a difference.
const FEW_FAILURES = '(e.most IS NULL OR t.failures <= e.most)';
const UNCHANGED = `t.revision = e.revision
    AND (e.below IS NULL OR t.counter < e.below)`;
const GUARDS = `t.active AND ${UNCHANGED}`;
// Whatever was counted, an attempt is only ever made below the limit: all of them are at or below it in the end.
const MORE_GUARDS = `(t.active OR e.inactive) AND ${UNCHANGED}
    AND (e.recalled IS NULL OR t.info @> e.recalled)
    AND (e.device IS NULL OR coalesce(t.device_private_id, e.device) = e.device)
    AND (e.attempts = 0 OR coalesce(t.max_attempts, 0) <= 0 OR t.attempts::bigint + e.attempts <= t.max_attempts)
    AND (e.successes = 0 OR coalesce(t.max_successes, 0) <= 0 OR t.successes::bigint + e.successes <= t.max_successes)`;

/**
 * One batch of logins, all or nothing: rows locked in order of id, guarded updates, records, the lane's head; division by
 * zero (22012) unless every guard held (docs/architecture.md, "The committer").
 *
 * Guards hold for acceptances, spent values and ends: the token is active, unchanged by administrators since it was read,
 * below its limits, its counter has not passed the matched one, it is not known by now to be another device's, and what was
 * recalled of it still stands in its info. Failures are counted, and things remembered, whatever happened meanwhile.
 */
const PLAIN = statement(
  `tok AS (
  UPDATE token t SET ${SETS}
  FROM ${unnested(COLUMNS)} JOIN locked l USING (id)
  WHERE t.id = e.id AND ${FEW_FAILURES} AND (NOT e.guarded OR (${GUARDS}))
  RETURNING 1
)`,
);

const full = ({ removes }: { readonly removes: boolean }) =>
  statement(
    `e AS MATERIALIZED (SELECT e.* FROM ${unnested([...COLUMNS, ...MORE_COLUMNS])} JOIN locked l USING (id)),
upd AS (
  UPDATE token t SET ${MORE_SETS}
  FROM e WHERE t.id = e.id AND NOT e.removed AND ${FEW_FAILURES} AND (NOT e.guarded OR (${MORE_GUARDS}))
  RETURNING 1
),
${changedTokens(removes)}`,
  );
const FULL = full({ removes: false });
const FULL_REMOVING = full({ removes: true });

/** The newest, and of the others those that end last; who comes from many more has no more than one guess in each. */
const MOST_NETWORKS = 16;
const DELAYED = `SELECT jsonb_object_agg(b.origin, b.until) FROM (
      SELECT d.key AS origin, extract(epoch FROM statement_timestamp())::float8 + d.value::float8 AS until, 1 AS rank
      FROM jsonb_each_text(e.delays) AS d
      UNION ALL
      SELECT o.key, o.value::float8, 2 FROM jsonb_each_text(t.blocked_until) AS o
      WHERE NOT e.first_delays AND NOT e.delays ? o.key
        AND o.value::float8 > extract(epoch FROM statement_timestamp())
      ORDER BY rank, until DESC LIMIT ${MOST_NETWORKS}
    ) AS b`;

/**
 * The same with challenges and delays, in the order of locks: tokens, then challenges by id. Guarded is that an answered challenge is
 * open and not expired by the database's clock; it is closed by whoever answers it first. Whose it is does not change, and
 * that of its token is guarded by the token's revision.
 */
const WITH_CHALLENGES = withChallenges({ delivers: false, removes: false });
const WITH_CHALLENGES_REMOVING = withChallenges({ delivers: false, removes: true });

/**
 * The same with messages: a challenge whose message was sent can be answered from now on, and one whose was not is gone. Where
 * that gives its place back, exactly this one is taken out of the token's: both were made at the time of one statement. It
 * cannot happen twice: the challenge is gone with it, and whose delivery it was tells of it once.
 */
const WITH_DELIVERIES = withChallenges({ delivers: true, removes: false });
const WITH_DELIVERIES_REMOVING = withChallenges({ delivers: true, removes: true });

interface Extent {
  readonly delivers: boolean;
  readonly removes: boolean;
}

function withChallenges({ delivers, removes }: Extent): string {
  const ofDelivered = delivers ? `\n      OR c.root = ANY(${arrayOf(DELIVERED, 'root')})` : '';
  const orUnsent = delivers ? ` OR c.state = 'unsent'` : '';
  const places = delivers
    ? `(SELECT unnest(t.challenged_at) AS c EXCEPT ALL
          SELECT c.created_at FROM ${changes('d', DELIVERED)} JOIN challenge c ON c.root = d.root AND c.place = d.place
          WHERE d.back AND c.token_id = t.id AND c.state = 'unsent' ORDER BY c) AS p(c)`
    : 'unnest(t.challenged_at) AS c';
  const deliveries = `,
delivered AS MATERIALIZED (
  SELECT h.id, d.sent FROM ${changes('d', DELIVERED)}
    JOIN held h ON h.root = d.root AND h.place = d.place AND h.state = 'unsent'
),
sent AS (
  UPDATE challenge c SET state = 'open' FROM delivered d WHERE c.id = d.id AND d.sent AND c.state = 'unsent'
),
lost AS (
  DELETE FROM challenge c USING delivered d WHERE c.id = d.id AND NOT d.sent AND c.state = 'unsent'
)`;
  return statement(
    `e AS MATERIALIZED (SELECT e.* FROM ${unnested(ALL_COLUMNS)} JOIN locked l USING (id)),
upd AS (
  UPDATE token t SET ${MORE_SETS},
    challenged_at = CASE WHEN e.challenges = 0 THEN ${delivers ? `ARRAY(SELECT c FROM ${places})` : 't.challenged_at'}
      ELSE ARRAY(SELECT c FROM ${places} WHERE c > e.since)
        || array_fill(statement_timestamp(), ARRAY[e.challenges]) END,
    blocked_until = CASE WHEN e.delays IS NULL THEN t.blocked_until ELSE (${DELAYED}) END
  FROM e WHERE t.id = e.id AND NOT e.removed AND ${FEW_FAILURES} AND (NOT e.guarded OR (${MORE_GUARDS}
    AND (e.challenges = 0
      OR (SELECT count(*) FROM ${places} WHERE c > e.since) + e.challenges <= e.most_challenges)))
  RETURNING 1
),
${changedTokens(removes)},
answered AS MATERIALIZED (SELECT * FROM ${changes('a', ANSWERED)}),
missed AS MATERIALIZED (SELECT * FROM ${changes('m', MISSED)}),
missed_all AS MATERIALIZED (SELECT * FROM ${changes('m', MISSED_ALL)}),
held AS MATERIALIZED (
  SELECT c.id, c.root, c.place, c.token_id, c.state FROM challenge c
  WHERE (SELECT count(*) FROM locked) >= 0
    AND (c.id = ANY(${arrayOf(ANSWERED, 'id')}) OR c.id = ANY(${arrayOf(MISSED, 'id')})
      OR c.root = ANY(${arrayOf(ANSWERED, 'root')})
      OR c.token_id = ANY(${arrayOf(ANSWERED, 'token')}) OR c.token_id = ANY(${arrayOf(MISSED_ALL, 'token')})${ofDelivered})
    AND ((c.state = 'open' AND c.expires_at > clock_timestamp())${orUnsent})
  ORDER BY c.id FOR NO KEY UPDATE
),
meant AS (
  SELECT h.id, a.id AS answer, coalesce(a.valid, false) AS valid, a.says,
    coalesce(m.accepts, false) AS accepts, coalesce(m.rejects, false) AS rejects,
    coalesce(m.times, 0) + coalesce(ma.times, 0) AS missed,
    h.root = ANY(${arrayOf(ANSWERED, 'root')})
      OR EXISTS (SELECT 1 FROM answered o WHERE o.token = h.token_id AND h.id < o.id AND NOT o.keeps) AS closed
  FROM held h LEFT JOIN answered a ON a.id = h.id LEFT JOIN missed m ON m.id = h.id
    LEFT JOIN missed_all ma ON ma.token = h.token_id
),
changed AS (
  UPDATE challenge c SET
    received_count = least(c.received_count::bigint + w.missed + (w.answer IS NOT NULL)::int, ${MOST})::int,
    received = c.received OR w.missed > 0 OR w.answer IS NOT NULL,
    valid = w.valid,
    accepted = CASE WHEN w.answer IS NOT NULL THEN nullif(w.says = 'accept', false)
      WHEN w.accepts THEN false ELSE c.accepted END,
    rejected = CASE WHEN w.answer IS NOT NULL THEN nullif(w.says = 'reject', false)
      WHEN w.rejects THEN false ELSE c.rejected END,
    state = CASE WHEN w.closed THEN 'closed' ELSE c.state END
  FROM meant w
  WHERE c.id = w.id AND (w.closed OR w.missed > 0) AND c.state = 'open' AND c.expires_at > clock_timestamp()
  RETURNING w.answer
),
made AS (
  INSERT INTO challenge (root, place, token_id, serial, message, owner_resolver, owner_user_id, realm,
    counter, data, state, created_at, expires_at)
  SELECT n.root, n.place, n.token, n.serial, n.message, n.resolver, n.user_id, n.realm,
    n.counter, n.data, CASE WHEN n.counter IS NULL THEN 'open' ELSE 'unsent' END,
    statement_timestamp(), statement_timestamp() + make_interval(secs => n.seconds)
  FROM ${changes('n', MADE)} JOIN locked l ON l.id = n.token
  RETURNING 1
)${delivers ? deliveries : ''}`,
    `(SELECT count(answer) FROM changed) = cardinality(${arrayOf(ANSWERED, 'id')})
  AND (SELECT count(*) FROM made) = cardinality(${arrayOf(MADE, 'token')})`,
  );
}

/** Only where a token is removed: even a DELETE that finds none has the triggers of the statement run. */
function changedTokens(removes: boolean): string {
  if (!removes) return 'tok AS (SELECT 1 FROM upd)';
  return `del AS (
  DELETE FROM token t USING e WHERE t.id = e.id AND e.removed AND ${FEW_FAILURES} AND ${MORE_GUARDS}
  RETURNING 1
),
tok AS (SELECT 1 FROM upd UNION ALL SELECT 1 FROM del)`;
}

/** Of each challenge that was missed, whether its device was to say so. */
function saying(
  what: Confirmation,
  missed: ChallengeChanges['missed'],
  missedBy: ChallengeChanges['missedBy'],
): boolean[] {
  return [...missed.keys()].map((id) => missedBy.get(id)?.has(what) ?? false);
}

function unnested(columns: readonly UpdateColumn[]): string {
  const arrays = columns.map(([, type], index) => `$${NEXT_PARAMETER + index}::${type}[]`);
  return `unnest(${arrays.join(', ')}) AS e(${columns.map(([name]) => name).join(', ')})`;
}

function changes(alias: string, columns: readonly ChangeColumn[]): string {
  const arrays = columns.map(([name]) => arrayOf(columns, name));
  return `unnest(${arrays.join(', ')}) AS ${alias}(${columns.map(([name]) => name).join(', ')})`;
}

/** The array of one of the columns, as a parameter. */
function arrayOf(columns: readonly ChangeColumn[], name: string): string {
  const column = columns.find(([other]) => other === name);
  if (!column) throw new Error(`no column ${name}`);
  return `$${NEXT_PARAMETER + ALL_COLUMNS.length + ALL_CHANGES.indexOf(column)}::${column[1]}[]`;
}

function statement(tokens: string, alsoGuarded?: string): string {
  return `WITH locked AS MATERIALIZED (
  SELECT id FROM token WHERE id = ANY(${IDS}::bigint[]) ORDER BY id FOR NO KEY UPDATE
),
${tokens},
${CHAIN_CTES}
SELECT 1 / ((SELECT count(*) FROM tok) = cardinality(${IDS}::bigint[]) AND (SELECT count(*) FROM lane) = 1${
    alsoGuarded
      ? `
  AND ${alsoGuarded}`
      : ''
  })::int`;
}

export const GUARD_MISSED = '22012';

/** The statement with its parameters, for decisions that were made one after the other. */
export function loginStatement(batch: ChainBatch, decisions: readonly LoginDecision[]) {
  const effects = decisions.flatMap((decision) => decision.effects);
  const updates = tokenUpdates(effects);
  const { name, text, columns, changes: changed = [] } = shapeFor(effects, updates);
  const done = changed.length > 0 ? challengeChanges(effects) : null;
  const values = [
    ...chainParameters(batch),
    ...columns.map(([, , value]) => arrayLiteral(updates.map(value))),
    ...(done ? changed.map(([, , valuesOf]) => arrayLiteral(valuesOf(done))) : []),
  ];
  const reports = dueReports(decisions);
  if (reports.length === 0) return { name, text, values };
  return {
    name: `${name}-reporting`,
    text: reporting(text, values.length + 1),
    values: [...values, ...reportParameters(reports)],
  };
}

interface StatementShape {
  readonly name: string;
  readonly text: string;
  readonly columns: readonly UpdateColumn[];
  readonly changes?: readonly ChangeColumn[];
}

function shapeFor(effects: readonly LoginEffect[], updates: readonly TokenUpdate[]): StatementShape {
  const removes = updates.some(({ end }) => end === 'remove');
  if (effects.some(({ kind }) => kind === 'deliver')) {
    const shape = removes
      ? { name: 'login-commit-deliveries-removing', text: WITH_DELIVERIES_REMOVING }
      : { name: 'login-commit-deliveries', text: WITH_DELIVERIES };
    return { ...shape, columns: ALL_COLUMNS, changes: ALL_CHANGES };
  }
  const hasChallenges = effects.some(
    ({ kind }) => kind === 'challenge' || kind === 'answer' || kind === 'miss',
  );
  if (hasChallenges || updates.some(({ delays }) => delays !== null)) {
    const shape = removes
      ? { name: 'login-commit-challenges-removing', text: WITH_CHALLENGES_REMOVING }
      : { name: 'login-commit-challenges', text: WITH_CHALLENGES };
    return { ...shape, columns: ALL_COLUMNS, changes: CHANGE_COLUMNS };
  }
  if (updates.every(isPlainUpdate)) return { name: 'login-commit', text: PLAIN, columns: COLUMNS };
  const shape = removes
    ? { name: 'login-commit-full-removing', text: FULL_REMOVING }
    : { name: 'login-commit-full', text: FULL };
  return { ...shape, columns: [...COLUMNS, ...MORE_COLUMNS] };
}

function isPlainUpdate(update: TokenUpdate): boolean {
  const { privateId, endsRollOut, attempts, successes, usedAt, info, end, isInactive, enables } = update;
  const countsNothing = attempts === 0 && successes === 0 && usedAt === null;
  const isAsActive = !isInactive && !enables && end === null;
  return countsNothing && privateId === null && !endsRollOut && info === null && isAsActive;
}
