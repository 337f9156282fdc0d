import { type Challenge, ChallengeList, type ChallengeSelection } from '@app/authentication';

import type { Queryable } from '../database.js';
import { CHALLENGE_COLUMNS, type ChallengeRow, toChallenge } from './challenge-row.js';

/** A list is for reading: nobody needs more at once. */
const MOST = 1_000;
const AT_A_TIME = 10_000;

export class SqlChallengeList extends ChallengeList {
  constructor(private readonly database: Queryable) {
    super();
  }

  async find(selection: ChallengeSelection): Promise<readonly Challenge[]> {
    const { where, values } = conditionOf(selection);
    const { rows } = await this.database.query<ChallengeRow>(
      `SELECT ${CHALLENGE_COLUMNS} FROM challenge c WHERE ${where} ORDER BY c.id LIMIT ${MOST}`,
      values,
    );
    return rows.map(toChallenge);
  }

  /** What a login holds is left for the next time. */
  async purgeExpired(): Promise<void> {
    await this.database.query(
      `DELETE FROM challenge WHERE id IN (
         SELECT id FROM challenge WHERE expires_at < clock_timestamp()
         ORDER BY id LIMIT ${AT_A_TIME} FOR UPDATE SKIP LOCKED
       )`,
    );
  }
}

function conditionOf(selection: ChallengeSelection): { where: string; values: unknown[] } {
  if ('root' in selection) return { where: 'c.root = $1', values: [selection.root] };
  if ('serial' in selection) {
    return { where: 'c.token_id = (SELECT id FROM token WHERE serial = $1)', values: [selection.serial] };
  }
  const { owners } = selection;
  return {
    where: `c.token_id IN (SELECT t.id FROM token t
              JOIN unnest($1::text[], $2::text[]) AS o(resolver, user_id)
                ON t.owner_resolver = o.resolver AND t.owner_user_id = o.user_id)`,
    values: [owners.map(({ resolver }) => resolver), owners.map(({ userId }) => userId)],
  };
}
