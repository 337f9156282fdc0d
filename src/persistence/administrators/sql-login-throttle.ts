import {
  delayTable,
  LoginThrottle,
  THROTTLE_RULES,
  type ThrottledAttempt,
  throttleSubjects,
  type ThrottleVerdict,
} from '@app/realms';

import { asUnavailable, type Queryable } from '../database.js';

/** A count is forgotten so long after its last delay. */
const MEMORY_SECONDS = 3600;
/** How long a network counts as one that the account logs in from. */
const KNOWN_SECONDS = 30 * 86_400;

const LONGEST_SECONDS = Math.max(...Object.values(THROTTLE_RULES).flatMap(delayTable));

const DELAYS = {
  account: JSON.stringify(delayTable(THROTTLE_RULES.account)),
  network: JSON.stringify(delayTable(THROTTLE_RULES.network)),
  pair: JSON.stringify(delayTable(THROTTLE_RULES.pair)),
};

/** Not where more is left than any delay lasts: the clock was put back since, and nobody is to wait for its return. */
const runs = (row: string) =>
  `${row}.blocked_until > clock_timestamp() AND ${row}.blocked_until <= clock_timestamp() + make_interval(secs => $6)`;

/**
 * $1 subjects and $2 their tables of delays, $3 the account's subject, $4 the known network's, $5 memory in seconds, $6 the
 * longest delay.
 *
 * Rows that exist are locked in one order before anything is decided, so that either all subjects are charged or none.
 * Subjects that are new have nothing to lock: of attempts that meet on one of them the later ones see what the first wrote
 * in the UPDATE's condition, and an attempt that could not charge all is refused. What blocks is compared with the clock and
 * not with `now()`: an attempt that began a moment later may have got its row first, without any delay.
 */
const CHARGE = {
  name: 'login-throttle-charge',
  text: `
WITH asked AS (
  SELECT a.subject, a.delays FROM unnest($1::text[], $2::jsonb[]) AS a(subject, delays)
), origin AS (
  SELECT EXISTS (SELECT FROM login_throttle WHERE subject = $4 AND expires_at > now()) AS is_known
), held AS MATERIALIZED (
  SELECT subject, blocked_until FROM login_throttle WHERE subject = ANY($1) ORDER BY subject FOR UPDATE
), blocked AS (
  SELECT max(h.blocked_until) AS until FROM held h, origin o
  WHERE ${runs('h')} AND NOT (h.subject = $3 AND o.is_known)
), charged AS (
  INSERT INTO login_throttle AS t (subject, failures, blocked_until, expires_at)
  SELECT a.subject, 1, now() + make_interval(secs => (a.delays ->> 1)::int),
    now() + make_interval(secs => (a.delays ->> 1)::int + $5)
  FROM asked a, blocked b WHERE b.until IS NULL ORDER BY a.subject
  ON CONFLICT (subject) DO UPDATE SET (failures, blocked_until, expires_at) = (
    SELECT n.failures, now() + make_interval(secs => d.delay), now() + make_interval(secs => d.delay + $5)
    FROM asked a,
      LATERAL (SELECT CASE WHEN t.expires_at > now() THEN t.failures + 1 ELSE 1 END AS failures) n,
      LATERAL (SELECT (a.delays ->> least(n.failures, jsonb_array_length(a.delays) - 1))::int AS delay) d
    WHERE a.subject = t.subject)
  WHERE NOT (${runs('t')}) OR (t.subject = $3 AND (SELECT is_known FROM origin))
  RETURNING 1
)
SELECT now() AS now, v.version, b.until, (SELECT count(*) FROM charged) = cardinality($1) AS charged
FROM configuration_version v, blocked b WHERE v.id = 1`,
};

/** $1 account, network and pair; $2 the network or nothing; $3 the known network; $4 how long it stays known. */
const SUCCEEDED = {
  name: 'login-throttle-succeeded',
  text: `
WITH held AS MATERIALIZED (
  SELECT subject FROM login_throttle WHERE subject = ANY($1) ORDER BY subject FOR UPDATE
), cleared AS (
  DELETE FROM login_throttle t USING held h WHERE t.subject = h.subject AND h.subject <> $2
), refunded AS (
  UPDATE login_throttle t SET failures = greatest(t.failures - 1, 0) FROM held h
  WHERE t.subject = h.subject AND h.subject = $2
)
INSERT INTO login_throttle (subject, failures, blocked_until, expires_at)
VALUES ($3, 0, now(), now() + make_interval(secs => $4))
ON CONFLICT (subject) DO UPDATE SET expires_at = EXCLUDED.expires_at`,
};

/**
 * $1 account, network and pair; $2 the pair. The delay goes with it: that of the pair was over when the charge was made;
 * of the others it may be that of somebody else's failures.
 */
const WITHDRAW = {
  name: 'login-throttle-withdraw',
  text: `
WITH held AS MATERIALIZED (
  SELECT subject FROM login_throttle WHERE subject = ANY($1) ORDER BY subject FOR UPDATE
)
UPDATE login_throttle t SET failures = greatest(t.failures - 1, 0),
  blocked_until = CASE WHEN t.subject = $2 THEN least(t.blocked_until, now()) ELSE t.blocked_until END
FROM held h WHERE t.subject = h.subject`,
};

interface ChargeRow {
  now: Date;
  version: number;
  until: Date | null;
  charged: boolean;
}

export class SqlLoginThrottle extends LoginThrottle {
  constructor(private readonly database: Queryable) {
    super();
  }

  async charge(attempt: ThrottledAttempt): Promise<ThrottleVerdict> {
    const { account, network, pair, known } = throttleSubjects(attempt);
    const subjects = network === null ? [account, pair] : [account, network, pair];
    const delays =
      network === null ? [DELAYS.account, DELAYS.pair] : [DELAYS.account, DELAYS.network, DELAYS.pair];
    const row = await this.#charge([subjects, delays, account, known, MEMORY_SECONDS, LONGEST_SECONDS]);
    if (row.charged) return { kind: 'charged', now: row.now, configurationVersion: row.version };
    // Without a time the block was set by an attempt that ran at the same moment: it lasts a second or more.
    const milliseconds = row.until ? row.until.getTime() - row.now.getTime() : 1000;
    return { kind: 'throttled', retryAfterSeconds: Math.max(1, Math.ceil(milliseconds / 1000)) };
  }

  async succeeded(attempt: ThrottledAttempt): Promise<void> {
    const { account, network, pair, known } = throttleSubjects(attempt);
    await this.#change({
      ...SUCCEEDED,
      values: [[account, network, pair], network ?? '', known, KNOWN_SECONDS],
    });
  }

  async withdraw(attempt: ThrottledAttempt): Promise<void> {
    const { account, network, pair } = throttleSubjects(attempt);
    await this.#change({ ...WITHDRAW, values: [[account, network, pair], pair] });
  }

  async purgeExpired(): Promise<void> {
    await this.#change({ text: 'DELETE FROM login_throttle WHERE expires_at < now()' });
  }

  async #change(query: {
    readonly text: string;
    readonly name?: string;
    readonly values?: unknown[];
  }): Promise<void> {
    try {
      await this.database.query(query);
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  async #charge(values: unknown[]): Promise<ChargeRow> {
    try {
      const { rows } = await this.database.query<ChargeRow>({ ...CHARGE, values });
      const [row] = rows;
      if (!row) throw new Error('the database holds no configuration version');
      return row;
    } catch (error) {
      throw asUnavailable(error);
    }
  }
}
