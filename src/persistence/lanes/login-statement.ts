import type { LoginDecision, LoginEffect } from '@app/authentication';

import { type ChainBatch, CHAIN_CTES, NEXT_PARAMETER, chainParameters } from './chain-batch.js';

const FAILURES_KEEP = 0;
const FAILURES_COUNT = 1;
const FAILURES_RESET = 2;

const at = (offset: number) => `$${NEXT_PARAMETER + offset}`;
const [IDS, GUARDED, ONCE, NEXT, SHIFT, FAILURES, REVISION] = [0, 1, 2, 3, 4, 5, 6].map(at);

/**
 * One batch of logins, all or nothing: rows locked in order of id, guarded updates, records, the lane's head; division by
 * zero (22012) unless every guard held (design, "The committer").
 *
 * Guards hold for acceptances and spent values: the token is active, unchanged by administrators since it was read,
 * below its limit, and its counter has not passed the matched one. Failures are counted whatever happened meanwhile.
 */
const LOGIN_STATEMENT = `WITH locked AS MATERIALIZED (
  SELECT id FROM token WHERE id = ANY(${IDS}::bigint[]) ORDER BY id FOR NO KEY UPDATE
),
tok AS (
  UPDATE token t SET
    counter = coalesce(e.next, t.counter),
    shift_seconds = coalesce(e.shift, t.shift_seconds),
    failures = CASE e.failures
      WHEN ${FAILURES_KEEP} THEN t.failures
      WHEN ${FAILURES_COUNT} THEN least(t.failures, 2147483646) + 1
      ELSE 0 END
  FROM unnest(${IDS}::bigint[], ${GUARDED}::bool[], ${ONCE}::bool[], ${NEXT}::bigint[], ${SHIFT}::float8[],
    ${FAILURES}::int[], ${REVISION}::bigint[]) AS e(id, guarded, once, next, shift, failures, revision)
  JOIN locked l USING (id)
  WHERE t.id = e.id AND (NOT e.guarded OR (t.active AND t.revision = e.revision AND t.failures < t.max_failures
    AND (NOT e.once OR t.counter < e.next)))
  RETURNING 1
),
${CHAIN_CTES}
SELECT 1 / ((SELECT count(*) FROM tok) = cardinality(${IDS}::bigint[]) AND (SELECT count(*) FROM lane) = 1)::int`;

export const GUARD_MISSED = '22012';

/** The statement with its parameters, for decisions about disjoint tokens. */
export function loginStatement(batch: ChainBatch, decisions: readonly LoginDecision[]) {
  const columns: unknown[][] = [[], [], [], [], [], [], []];
  for (const { effects } of decisions) {
    for (const effect of effects) {
      rowOf(effect).forEach((value, index) => columns[index]?.push(value));
    }
  }
  return { name: 'login-commit', text: LOGIN_STATEMENT, values: [...chainParameters(batch), ...columns] };
}

function rowOf(effect: LoginEffect): unknown[] {
  const { id, revision } = effect.token;
  switch (effect.kind) {
    case 'accept':
    case 'spend': {
      const { once, nextCounter, shiftSeconds } = effect.spends;
      const failures = effect.kind === 'accept' ? FAILURES_RESET : FAILURES_KEEP;
      return [id, true, once, nextCounter, shiftSeconds ?? null, failures, revision];
    }
    case 'count-failure':
      return [id, false, false, null, null, FAILURES_COUNT, revision];
    case 'reset-failures':
      return [id, false, false, null, null, FAILURES_RESET, revision];
  }
}
