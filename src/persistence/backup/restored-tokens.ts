import {
  type BackedUpToken,
  type Restoration,
  type TokenTypeId,
  changedInfo,
  isTokenType,
  tokenType,
} from '@app/tokens';

import type { Queryable } from '../database.js';
import { UnusableBackup } from './backup-format.js';

const AT_ONCE = 2_000;

interface TokenRow {
  readonly id: number;
  readonly type: TokenTypeId;
  readonly counter: number;
  readonly look_ahead: number;
  readonly step_seconds: number | null;
  readonly window_seconds: number | null;
  readonly shift_seconds: number | null;
  readonly info: BackedUpToken['info'];
}

/**
 * Does to every token what its type says that a restore does.
 * @returns how many were changed @throws UnusableBackup for a type that this release does not have
 */
export async function restoreTokens(database: Queryable, restoration: Restoration): Promise<number> {
  const types = await database.query<{ type: string }>('SELECT DISTINCT type FROM token');
  const unknown = types.rows.map(({ type }) => type).filter((type) => !isTokenType(type));
  if (unknown.length > 0) {
    throw new UnusableBackup(
      `it has tokens of a type that this release does not know: ${unknown.join(', ')}`,
    );
  }
  let count = 0;
  for (let last = 0; ;) {
    const { rows } = await database.query<TokenRow>(
      `SELECT id, type, counter, look_ahead, step_seconds, window_seconds, shift_seconds, info FROM token
       WHERE id > $1 ORDER BY id LIMIT ${AT_ONCE}`,
      [last],
    );
    const changed = rows.flatMap((row) => {
      const { counter = row.counter, info } = tokenType(row.type).afterRestore(tokenOf(row), restoration);
      const newInfo = info ? changedInfo(row.info, info) : row.info;
      const isSame = counter === row.counter && JSON.stringify(newInfo) === JSON.stringify(row.info);
      return isSame ? [] : [{ id: row.id, counter, info: JSON.stringify(newInfo) }];
    });
    await database.query(
      `UPDATE token t SET counter = e.counter, info = e.info FROM unnest($1::bigint[], $2::bigint[], $3::jsonb[]) AS e(id, counter, info)
       WHERE t.id = e.id`,
      [changed.map(({ id }) => id), changed.map(({ counter }) => counter), changed.map(({ info }) => info)],
    );
    count += changed.length;
    const end = rows.at(-1);
    if (!end || rows.length < AT_ONCE) return count;
    last = end.id;
  }
}

function tokenOf({ counter, look_ahead: lookAhead, info, ...row }: TokenRow): BackedUpToken {
  const { step_seconds: stepSeconds, window_seconds: windowSeconds, shift_seconds: shiftSeconds } = row;
  const time =
    stepSeconds === null
      ? null
      : { stepSeconds, windowSeconds: windowSeconds ?? 0, shiftSeconds: shiftSeconds ?? 0 };
  return { counter, lookAhead, info, time };
}
