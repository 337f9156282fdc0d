import type pg from 'pg';

interface Answer {
  readonly status: number;
  readonly text: string;
}
interface Envelope {
  readonly result: {
    readonly status: boolean;
    readonly value?: unknown;
    readonly error?: { readonly code: number; readonly message: string };
  };
  readonly id: number;
  readonly detail?: unknown;
}

export async function envelopeOf(answer: PromiseLike<Answer>): Promise<Envelope> {
  const { status, text } = await answer;
  expect(status).toBe(200);
  return JSON.parse(text) as Envelope;
}

/** What was answered by a call that went well. */
export async function valueOf(answer: PromiseLike<Answer>): Promise<unknown> {
  const { result } = await envelopeOf(answer);
  expect([result.status, result.error]).toEqual([true, undefined]);
  return result.value;
}

/** Message of the error and `id` of its envelope. */
export async function errorOf(
  answer: PromiseLike<Answer>,
): Promise<[message: string | undefined, id: number]> {
  const { result, id } = await envelopeOf(answer);
  expect(result.status).toBe(false);
  return [result.error?.message, id];
}

/** The newest record, without what the node and the clock put into it. */
export async function newestRecord(database: pg.Client): Promise<Record<string, unknown>> {
  const { rows } = await database.query(
    `SELECT action, succeeded, serial, token_type, username, realm, detail, info
     FROM audit_record ORDER BY number DESC LIMIT 1`,
  );
  return rows[0];
}

/** The columns of a token that tests look at; sealed ones are compared alone. */
export async function storedToken(database: pg.Client, serial: string): Promise<Record<string, unknown>> {
  const { rows } = await database.query(
    `SELECT active, owner_user_id AS owner, array_to_string(realms, ',') AS realms, counter::int, failures,
       description, pin_sealed, revision::int
     FROM token WHERE serial = $1`,
    [serial],
  );
  return rows[0];
}
