import type { LoginDecision } from '@app/authentication';

import { type ChainBatch, CHAIN_CTES, NEXT_PARAMETER, chainParameters } from './chain-batch.js';
import { type TokenUpdate, tokenUpdates } from './token-updates.js';

/** Column names of the tokens' rows, their array types, and where the values come from. */
const UPDATE_COLUMNS: readonly (readonly [
  name: string,
  type: string,
  value: (update: TokenUpdate) => unknown,
])[] = [
  ['id', 'bigint', ({ id }) => id],
  ['guarded', 'bool', ({ isGuarded }) => isGuarded],
  ['revision', 'bigint', ({ revision }) => revision],
  ['before', 'int', ({ failuresBefore }) => failuresBefore],
  ['below', 'bigint', ({ counterBelow }) => counterBelow],
  ['next', 'bigint', ({ nextCounter }) => nextCounter],
  ['shift', 'float8', ({ shiftSeconds }) => shiftSeconds],
  ['device', 'text', ({ privateId }) => privateId],
  ['resets', 'bool', ({ resets }) => resets],
  ['failures', 'int', ({ failures }) => failures],
];

const IDS = `$${NEXT_PARAMETER}`;
const NAMES = UPDATE_COLUMNS.map(([name]) => name).join(', ');
const ARRAYS = UPDATE_COLUMNS.map(([, type], index) => `$${NEXT_PARAMETER + index}::${type}[]`).join(', ');

/**
 * One batch of logins, all or nothing: rows locked in order of id, guarded updates, records, the lane's head; division by
 * zero (22012) unless every guard held (docs/architecture.md, "The committer").
 *
 * Guards hold for acceptances and spent values: the token is active, unchanged by administrators since it was read,
 * below its limit, its counter has not passed the matched one, and it is not known by now to be another device's. Failures are counted whatever happened meanwhile.
 */
const LOGIN_STATEMENT = `WITH locked AS MATERIALIZED (
  SELECT id FROM token WHERE id = ANY(${IDS}::bigint[]) ORDER BY id FOR NO KEY UPDATE
),
tok AS (
  UPDATE token t SET
    counter = coalesce(e.next, t.counter),
    shift_seconds = coalesce(e.shift, t.shift_seconds),
    device_private_id = coalesce(e.device, t.device_private_id),
    failures = least((CASE WHEN e.resets THEN 0 ELSE t.failures END)::bigint + e.failures, 2147483647)::int
  FROM unnest(${ARRAYS}) AS e(${NAMES}) JOIN locked l USING (id)
  WHERE t.id = e.id AND (NOT e.guarded OR (t.active AND t.revision = e.revision
    AND (e.before IS NULL OR t.failures::bigint + e.before < t.max_failures)
    AND (e.below IS NULL OR t.counter < e.below)
    AND (e.device IS NULL OR coalesce(t.device_private_id, e.device) = e.device)))
  RETURNING 1
),
${CHAIN_CTES}
SELECT 1 / ((SELECT count(*) FROM tok) = cardinality(${IDS}::bigint[]) AND (SELECT count(*) FROM lane) = 1)::int`;

export const GUARD_MISSED = '22012';

/** The statement with its parameters, for decisions that were made one after the other. */
export function loginStatement(batch: ChainBatch, decisions: readonly LoginDecision[]) {
  const updates = tokenUpdates(decisions.flatMap(({ effects }) => effects));
  const columns = UPDATE_COLUMNS.map(([, , value]) => updates.map(value));
  return { name: 'login-commit', text: LOGIN_STATEMENT, values: [...chainParameters(batch), ...columns] };
}
