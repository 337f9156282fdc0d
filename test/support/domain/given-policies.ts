import type pg from 'pg';

/** A policy, with what is needed to match everybody everywhere where nothing else is said. */
export interface GivenPolicy {
  readonly scope: string;
  readonly action: string;
  readonly realm?: string;
  readonly user?: string;
  readonly client?: string | null;
  readonly time?: string | null;
  readonly active?: string;
}

/** Makes these the policies of the installation, past the application; every node sees them at its next request. */
export async function givePolicies(database: pg.Client, policies: readonly GivenPolicy[]): Promise<void> {
  await database.query('BEGIN');
  await database.query('SELECT 1 FROM configuration_version WHERE id = 1 FOR NO KEY UPDATE');
  await database.query('DELETE FROM policy');
  for (const [place, policy] of policies.entries()) {
    const { scope, action, realm = '*', user = '*', client = null, time = null, active = 'True' } = policy;
    await database.query(
      `INSERT INTO policy (name, scope, action, realm, "user", client, time, active)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [`given_${place}`, scope, action, realm, user, client, time, active],
    );
  }
  await database.query(
    'UPDATE configuration_version SET version = version + 1, changed_at = clock_timestamp() WHERE id = 1',
  );
  await database.query('COMMIT');
}
