import { AdminSessions, type AdminSessionState } from '@app/realms';

import { asUnavailable, type Queryable } from '../database.js';

interface StateRow {
  now: Date;
  version: number;
  effective: boolean | null;
  enabled: boolean | null;
  not_before: Date | null;
}

const READ = {
  name: 'admin-session-read',
  text: `SELECT now() AS now, v.version, r.effective_at <= now() AS effective, a.enabled, a.not_before
    FROM configuration_version v
    LEFT JOIN revoked_session r ON r.id = $1
    LEFT JOIN administrator a ON a.username = $2
    WHERE v.id = 1`,
};

export class SqlAdminSessions extends AdminSessions {
  constructor(private readonly database: Queryable) {
    super();
  }

  async read(sessionId: string | null, username: string): Promise<AdminSessionState> {
    try {
      const { rows } = await this.database.query<StateRow>({ ...READ, values: [sessionId, username] });
      const [row] = rows;
      if (!row) throw new Error('the database holds no configuration version');
      const { enabled, not_before: notBefore } = row;
      return {
        now: row.now,
        configurationVersion: row.version,
        isRevoked: row.effective === true,
        isSuperseded: row.effective === false,
        account: enabled === null || notBefore === null ? null : { isEnabled: enabled, notBefore },
      };
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  async revoke(sessionId: string, expiresAt: Date | null): Promise<void> {
    try {
      await this.database.query(
        `INSERT INTO revoked_session AS r (id, effective_at, expires_at)
         VALUES ($1, now(), coalesce($2::timestamptz, 'infinity'))
         ON CONFLICT (id) DO UPDATE SET effective_at = least(r.effective_at, EXCLUDED.effective_at)`,
        [sessionId, expiresAt],
      );
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  async supersede(sessionId: string, graceSeconds: number, expiresAt: Date): Promise<boolean> {
    try {
      const { rowCount } = await this.database.query(
        `INSERT INTO revoked_session (id, effective_at, expires_at)
         VALUES ($1, now() + make_interval(secs => $2), $3) ON CONFLICT (id) DO NOTHING`,
        [sessionId, graceSeconds, expiresAt],
      );
      return rowCount === 1;
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  async purgeExpired(): Promise<void> {
    try {
      await this.database.query('DELETE FROM revoked_session WHERE expires_at < now()');
    } catch (error) {
      throw asUnavailable(error);
    }
  }
}
