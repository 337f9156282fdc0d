import type pg from 'pg';

/** The version only ever rises; the counts of tokens are kept by triggers. */
const UNKEPT = ['configuration_version', 'migrations', 'token_tally', 'token_holder'];

/** Of these, requests that are refused may change rows: what they count, and how far a login has come. */
const VOLATILE = [
  'login_throttle',
  'revoked_session',
  'legacy_session',
  'user_session',
  'challenge',
  'token_report',
];
/** What logins count in the rows of tokens, right ones and wrong ones. */
const COUNTED = [
  'counter',
  'failures',
  'attempts',
  'successes',
  'shift_seconds',
  'last_match_at',
  'last_success_at',
  'challenged_at',
  'blocked_until',
  'revision',
];

/** Tables whose rows belong to rows of others. */
const REFERRING: Readonly<Record<string, readonly string[]>> = {
  realm_resolver: ['realm', 'resolver'],
  resolver_secret: ['resolver'],
  managed_user: ['resolver'],
};

/** Hashes of what is stored, by what it is: `policy`, `token`, `tokens of 1000`. */
export type Digest = ReadonlyMap<string, string>;

/** Everything that is stored but for the audit trail, kept so that it can be compared and brought back. */
export class KeptState {
  #kept: Digest = new Map();

  private constructor(
    private readonly database: pg.Client,
    private readonly columns: ReadonlyMap<string, readonly string[]>,
  ) {}

  static async of(database: pg.Client): Promise<KeptState> {
    const { rows } = await database.query<{ name: string; columns: string[] }>(
      `SELECT table_name AS name, array_agg(quote_ident(column_name) ORDER BY ordinal_position) AS columns
       FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
       WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'
         AND table_name NOT LIKE 'audit%' AND table_name <> ALL ($1)
       GROUP BY table_name ORDER BY 1`,
      [UNKEPT],
    );
    await database.query('CREATE SCHEMA kept');
    return new KeptState(database, new Map(rows.map(({ name, columns }) => [name, columns])));
  }

  /** From now on, the present state is the one that is brought back. */
  async keep(): Promise<void> {
    for (const name of this.columns.keys()) {
      await this.database.query(`DROP TABLE IF EXISTS kept."${name}"`);
      await this.database.query(`CREATE TABLE kept."${name}" AS SELECT * FROM public."${name}"`);
    }
    this.#kept = await this.#digest();
  }

  /** What is otherwise than it was kept, and brings that back. @returns names of the digest, volatile ones as well */
  async bringBack(): Promise<ReadonlySet<string>> {
    const now = await this.#digest();
    const names = [...new Set([...now.keys(), ...this.#kept.keys()])];
    const changed = names.filter((name) => now.get(name) !== this.#kept.get(name));
    const tables = changed.filter((name) => this.columns.has(name));
    if (tables.length > 0) await this.#restore(tables);
    return new Set(changed);
  }

  async #restore(changed: readonly string[]): Promise<void> {
    const tables = [...this.columns.keys()].filter(
      (name) => changed.includes(name) || mustFollow(name, changed),
    );
    // What refers to others goes first and comes last. Triggers have their say: rows that are as they were stay.
    const children = tables.filter((name) => name in REFERRING);
    const parents = tables.filter((name) => !(name in REFERRING));
    const isConfiguration = tables.some((name) => name !== 'token' && !VOLATILE.includes(name));
    const statements = [
      ...children.map((name) => `DELETE FROM public."${name}"`),
      ...parents.map(
        (name) =>
          `DELETE FROM public."${name}" t WHERE t::text NOT IN (SELECT k::text FROM kept."${name}" k)`,
      ),
      ...[...parents, ...children].map((name) => {
        const columns = this.columns.get(name)?.join() ?? '';
        return `INSERT INTO public."${name}" (${columns}) OVERRIDING SYSTEM VALUE
          SELECT ${columns} FROM kept."${name}" k WHERE k::text NOT IN (SELECT t::text FROM public."${name}" t)`;
      }),
      ...(isConfiguration
        ? [
            'UPDATE configuration_version SET version = version + 1, changed_at = clock_timestamp() WHERE id = 1',
          ]
        : []),
    ];
    await this.database.query(`BEGIN; ${statements.join(';\n')}; COMMIT`);
  }

  async #digest(): Promise<Digest> {
    const parts = [...this.columns.keys()].map(
      (name) =>
        `SELECT '${name}' AS name, md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) AS digest FROM "${name}" t`,
    );
    const { rows } = await this.database.query<{ name: string; digest: string }>({
      name: 'digest',
      text: `${parts.join(' UNION ALL ')} UNION ALL
        SELECT 'tokens of ' || coalesce(owner_user_id, 'nobody'),
               md5(string_agg((to_jsonb(t) - $1::text[])::text, E'\\n' ORDER BY serial))
        FROM token t GROUP BY 1`,
      values: [COUNTED],
    });
    return new Map(rows.map(({ name, digest }) => [name, digest]));
  }
}

/** Whether it is more than what refused requests may count. */
export function isLasting(name: string): boolean {
  return name !== 'token' && !VOLATILE.includes(name);
}

function mustFollow(name: string, changed: readonly string[]): boolean {
  return REFERRING[name]?.some((parent) => changed.includes(parent)) ?? false;
}
