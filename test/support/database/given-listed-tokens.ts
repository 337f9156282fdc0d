import type pg from 'pg';

/** A token as lists see it; what is not given is as it is mostly. */
export interface GivenListed {
  readonly serial: string;
  readonly type?: string;
  readonly description?: string;
  readonly active?: boolean;
  readonly owner?: readonly [resolver: string, type: string, userId: string];
  readonly realms?: readonly string[];
}

/** Puts tokens that nobody can log in with past the application: lists never open their seals. */
export async function giveListedTokens(database: pg.Client, tokens: readonly GivenListed[]): Promise<void> {
  for (const { serial, type = 'hotp', description = '', active = true, owner, realms = [] } of tokens) {
    await database.query(
      `INSERT INTO token (serial, type, description, active, owner_resolver, owner_resolver_type, owner_user_id, realms,
         secret_sealed, digits, max_failures, look_ahead, sync_window)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', 6, 10, 10, 1000)`,
      [serial, type, description, active, owner?.[0] ?? null, owner?.[1] ?? null, owner?.[2] ?? null, realms],
    );
  }
}
