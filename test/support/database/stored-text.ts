import type pg from 'pg';

/** Everything that the tables hold, as text: bytes are looked for as hexadecimal and as UTF-8. */
export async function storedText(database: pg.Client): Promise<string> {
  const { rows: tables } = await database.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await database.query<{ text: string }>(
      `SELECT to_jsonb(t)::text AS text FROM "${name}" t`,
    );
    texts.push(...rows.map(({ text }) => text));
  }
  const text = texts.join('\n');
  return `${text}\n${text.replaceAll(/\\\\x([0-9a-f]+)/g, (_all, hex: string) => Buffer.from(hex, 'hex').toString('latin1'))}`;
}

/** The newest records: action, whether it succeeded, and what they say. */
export async function newestRecords(
  database: pg.Client,
  count: number,
): Promise<
  readonly { action: string; succeeded: boolean; info: string; administrator: string; client: string }[]
> {
  const { rows } = await database.query(
    `SELECT action, succeeded, info, administrator, client FROM audit_record ORDER BY number DESC LIMIT $1`,
    [count],
  );
  return rows;
}
