import { cleanText, Conflict, Invalid } from '@app/kernel';
import {
  type AdministratorAccount,
  type AdministratorProfile,
  AdministratorStore,
  EMPTY_PROFILE,
  type LocalAdministrator,
} from '@app/realms';

import { asUnavailable, type Queryable } from '../database.js';

interface ProfileRow {
  surname: string;
  given_name: string;
  email: string;
  phone: string;
  mobile: string;
}

interface AccountRow extends ProfileRow {
  username: string;
  password_hash: string | null;
  enabled: boolean;
  not_before: Date;
}

interface ListedRow extends ProfileRow {
  username: string;
  enabled: boolean;
  has_password: boolean;
}

const PROFILE_COLUMNS: Readonly<Record<keyof AdministratorProfile, string>> = {
  surname: 'surname',
  givenName: 'given_name',
  email: 'email',
  phone: 'phone',
  mobile: 'mobile',
};

// Sessions bear whole seconds: one issued in the second that runs is older than the change, and so is one issued until the
// change commits, for which a second is left. A second change in that time goes one further. The clock and not now(): the
// transaction may have begun long ago.
const AFTER_COMMIT = `date_trunc('second', clock_timestamp()) + interval '2 seconds'`;
const RAISED = `greatest(${AFTER_COMMIT}, not_before + interval '1 second')`;

export class SqlAdministratorStore extends AdministratorStore {
  constructor(private readonly database: Queryable) {
    super();
  }

  async find(username: string): Promise<AdministratorAccount | null> {
    if (cleanText(username) !== username) return null;
    const { rows } = await this.#run<AccountRow>(
      `SELECT username, password_hash, enabled, not_before, surname, given_name, email, phone, mobile
       FROM administrator WHERE username = $1`,
      [username],
    );
    const [row] = rows;
    if (!row) return null;
    return {
      username: row.username,
      passwordHash: row.password_hash,
      isEnabled: row.enabled,
      notBefore: row.not_before,
      ...profileOf(row),
    };
  }

  async list(): Promise<LocalAdministrator[]> {
    const { rows } = await this.#run<ListedRow>(
      `SELECT username, surname, given_name, email, phone, mobile, enabled, password_hash IS NOT NULL AS has_password
       FROM administrator ORDER BY username`,
      [],
    );
    return rows.map((row) => ({
      username: row.username,
      ...profileOf(row),
      isEnabled: row.enabled,
      hasPassword: row.has_password,
    }));
  }

  async add(username: string, passwordHash: string | null, profile: AdministratorProfile): Promise<void> {
    const { surname, givenName, email, phone, mobile } = cleanProfile({ ...EMPTY_PROFILE, ...profile });
    const { rowCount } = await this.#run(
      `INSERT INTO administrator (username, password_hash, surname, given_name, email, phone, mobile, not_before)
       VALUES ($1, $2, $3, $4, $5, $6, $7, ${AFTER_COMMIT}) ON CONFLICT (username) DO NOTHING`,
      [username, passwordHash, surname, givenName, email, phone, mobile],
    );
    if (rowCount !== 1) throw new Conflict(`User ${username} already exists`);
  }

  async setPassword(username: string, passwordHash: string): Promise<void> {
    await this.#change(`UPDATE administrator SET password_hash = $2, not_before = ${RAISED}`, username, [
      passwordHash,
    ]);
    await this.#endOwnSessions(username);
  }

  async setProfile(username: string, profile: Partial<AdministratorProfile>): Promise<void> {
    const given = Object.entries(cleanProfile(profile)) as [keyof AdministratorProfile, string][];
    // The name alone, where nothing is given: so an unknown one is told all the same.
    const columns = [
      'username = username',
      ...given.map(([key], place) => `${PROFILE_COLUMNS[key]} = $${place + 2}`),
    ];
    const values = given.map(([, value]) => value);
    await this.#change(`UPDATE administrator SET ${columns.join(', ')}`, username, values);
  }

  async setEnabled(username: string, isEnabled: boolean): Promise<void> {
    const notBefore = isEnabled ? 'not_before' : RAISED;
    await this.#change(`UPDATE administrator SET enabled = $2, not_before = ${notBefore}`, username, [
      isEnabled,
    ]);
    if (!isEnabled) await this.#endOwnSessions(username);
  }

  async remove(username: string): Promise<void> {
    await this.#change('DELETE FROM administrator', username, []);
  }

  /** In the self-service, which administrators may use as any user does. */
  async #endOwnSessions(username: string): Promise<void> {
    await this.#run(
      `DELETE FROM user_session s USING resolver r
       WHERE r.type = 'local-administrators' AND s.resolver = r.name AND s.user_id = $1`,
      [username],
    );
  }

  /** @param statement without its WHERE; `$1` is the name */
  async #change(statement: string, username: string, values: unknown[]): Promise<void> {
    const isStorable = cleanText(username) === username;
    const rowCount = isStorable
      ? (await this.#run(`${statement} WHERE username = $1`, [username, ...values])).rowCount
      : 0;
    if (rowCount !== 1) throw new Invalid('username', `User ${cleanText(username)} does not exist`);
  }

  async #run<R extends object>(
    text: string,
    values: unknown[],
  ): Promise<{ rows: R[]; rowCount: number | null }> {
    try {
      return await this.database.query<R>(text, values);
    } catch (error) {
      throw asUnavailable(error);
    }
  }
}

function cleanProfile<P extends Partial<AdministratorProfile>>(profile: P): P {
  const given = Object.entries(profile).filter(
    ([key, value]) => key in PROFILE_COLUMNS && value !== undefined,
  );
  return Object.fromEntries(given.map(([key, value]) => [key, cleanText(value)])) as P;
}

function profileOf({
  surname,
  given_name: givenName,
  email,
  phone,
  mobile,
}: ProfileRow): AdministratorProfile {
  return { surname, givenName, email, phone, mobile };
}
