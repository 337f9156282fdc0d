import type { LoginDecision } from '@app/authentication';

import { type ChainBatch, CHAIN_CTES, NEXT_PARAMETER, chainParameters } from './chain-batch.js';
import { type TokenUpdate, tokenUpdates } from './token-updates.js';

/** A column of what becomes of the tokens' rows: its name, its array type, and where its values come from. */
type UpdateColumn = readonly [name: string, type: string, value: (update: TokenUpdate) => unknown];

const COLUMNS: readonly UpdateColumn[] = [
  ['id', 'bigint', ({ id }) => id],
  ['guarded', 'bool', ({ isGuarded }) => isGuarded],
  ['revision', 'bigint', ({ revision }) => revision],
  ['before', 'int', ({ failuresBefore }) => failuresBefore],
  ['below', 'bigint', ({ counterBelow }) => counterBelow],
  ['next', 'bigint', ({ nextCounter }) => nextCounter],
  ['shift', 'float8', ({ shiftSeconds }) => shiftSeconds],
  ['resets', 'bool', ({ resets }) => resets],
  ['failures', 'int', ({ failures }) => failures],
];

/** Only where one of the tokens has something there: most logins count no uses, keep no times and name no device. */
const MORE_COLUMNS: readonly UpdateColumn[] = [
  ['device', 'text', ({ privateId }) => privateId],
  ['attempts', 'int', ({ attempts }) => attempts],
  ['successes', 'int', ({ successes }) => successes],
  ['used', 'timestamptz', ({ usedAt }) => usedAt],
  ['accepted', 'timestamptz', ({ acceptedAt }) => acceptedAt],
  ['disabled', 'bool', ({ end }) => end === 'disable'],
  ['removed', 'bool', ({ end }) => end === 'remove'],
];

const IDS = `$${NEXT_PARAMETER}`;
const MOST = 2_147_483_647;

const SETS = `counter = coalesce(e.next, t.counter),
    shift_seconds = coalesce(e.shift, t.shift_seconds),
    failures = least((CASE WHEN e.resets THEN 0 ELSE t.failures END)::bigint + e.failures, ${MOST})::int`;
const MORE_SETS = `${SETS},
    device_private_id = coalesce(e.device, t.device_private_id),
    attempts = least(t.attempts::bigint + e.attempts, ${MOST})::int,
    successes = least(t.successes::bigint + e.successes, ${MOST})::int,
    last_match_at = coalesce(e.used, t.last_match_at),
    last_success_at = coalesce(e.accepted, t.last_success_at),
    active = t.active AND NOT e.disabled`;

const GUARDS = `t.active AND t.revision = e.revision
    AND (e.before IS NULL OR t.failures::bigint + e.before < t.max_failures)
    AND (e.below IS NULL OR t.counter < e.below)`;
// Whatever was counted, an attempt is only ever made below the limit: all of them are at or below it in the end.
const MORE_GUARDS = `${GUARDS}
    AND (e.device IS NULL OR coalesce(t.device_private_id, e.device) = e.device)
    AND (e.attempts = 0 OR coalesce(t.max_attempts, 0) <= 0 OR t.attempts::bigint + e.attempts <= t.max_attempts)
    AND (e.successes = 0 OR coalesce(t.max_successes, 0) <= 0 OR t.successes::bigint + e.successes <= t.max_successes)`;

/**
 * One batch of logins, all or nothing: rows locked in order of id, guarded updates, records, the lane's head; division by
 * zero (22012) unless every guard held (docs/architecture.md, "The committer").
 *
 * Guards hold for acceptances, spent values and ends: the token is active, unchanged by administrators since it was read,
 * below its limits, its counter has not passed the matched one, and it is not known by now to be another device's. Failures
 * are counted whatever happened meanwhile.
 */
const PLAIN = statement(
  `tok AS (
  UPDATE token t SET ${SETS}
  FROM ${unnested(COLUMNS)} JOIN locked l USING (id)
  WHERE t.id = e.id AND (NOT e.guarded OR (${GUARDS}))
  RETURNING 1
)`,
);

const FULL = statement(
  `e AS MATERIALIZED (SELECT e.* FROM ${unnested([...COLUMNS, ...MORE_COLUMNS])} JOIN locked l USING (id)),
upd AS (
  UPDATE token t SET ${MORE_SETS}
  FROM e WHERE t.id = e.id AND NOT e.removed AND (NOT e.guarded OR (${MORE_GUARDS}))
  RETURNING 1
),
del AS (
  DELETE FROM token t USING e WHERE t.id = e.id AND e.removed AND ${MORE_GUARDS}
  RETURNING 1
),
tok AS (SELECT 1 FROM upd UNION ALL SELECT 1 FROM del)`,
);

function unnested(columns: readonly UpdateColumn[]): string {
  const arrays = columns.map(([, type], index) => `$${NEXT_PARAMETER + index}::${type}[]`);
  return `unnest(${arrays.join(', ')}) AS e(${columns.map(([name]) => name).join(', ')})`;
}

function statement(tokens: string): string {
  return `WITH locked AS MATERIALIZED (
  SELECT id FROM token WHERE id = ANY(${IDS}::bigint[]) ORDER BY id FOR NO KEY UPDATE
),
${tokens},
${CHAIN_CTES}
SELECT 1 / ((SELECT count(*) FROM tok) = cardinality(${IDS}::bigint[]) AND (SELECT count(*) FROM lane) = 1)::int`;
}

export const GUARD_MISSED = '22012';

/** The statement with its parameters, for decisions that were made one after the other. */
export function loginStatement(batch: ChainBatch, decisions: readonly LoginDecision[]) {
  const updates = tokenUpdates(decisions.flatMap(({ effects }) => effects));
  const isPlain = updates.every(isPlainUpdate);
  const columns = isPlain ? COLUMNS : [...COLUMNS, ...MORE_COLUMNS];
  return {
    name: isPlain ? 'login-commit' : 'login-commit-full',
    text: isPlain ? PLAIN : FULL,
    values: [...chainParameters(batch), ...columns.map(([, , value]) => updates.map(value))],
  };
}

function isPlainUpdate({ privateId, attempts, successes, usedAt, end }: TokenUpdate): boolean {
  return privateId === null && attempts === 0 && successes === 0 && usedAt === null && end === null;
}
