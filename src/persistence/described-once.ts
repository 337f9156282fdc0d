import pg from 'pg';

/** A statement that each connection prepares once, under its name. */
export interface NamedStatement {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/** What pg makes of the description of a result: it depends on the statement alone. */
interface Columns {
  readonly fields: unknown;
  readonly _parsers: unknown;
  readonly _prebuiltEmptyResultObject: unknown;
}

interface Described {
  /** By names of statements. */
  readonly columns: Map<string, Columns>;
  /** The connection, but that it does not ask for descriptions. */
  readonly undescribing: pg.Connection;
}

type Told<R extends pg.QueryResultRow> = (error: Error | null, result: pg.QueryResult<R>) => void;

/** pg's own query, with what its types leave out: how it asks, and what it learns of the columns. */
type PgQuery = new <R extends pg.QueryResultRow>(
  query: pg.QueryConfig,
  told: Told<R>,
) => pg.Submittable & {
  readonly _result: Columns;
  prepare(connection: pg.Connection): void;
  handleRowDescription(message: unknown): void;
};

const ofConnections = new WeakMap<pg.Connection, Described>();

/**
 * A query by a named statement whose columns the server describes once a connection. pg has them described with each result, which
 * for the forty of a token costs as much as the row. A statement whose columns have changed since is an error of the server's.
 */
export class DescribedOnce<R extends pg.QueryResultRow> extends (pg.Query as unknown as PgQuery)<R> {
  readonly #statement: string;
  #learnt: Described['columns'] | null = null;

  constructor({ name, text, values }: NamedStatement, told: Told<R>) {
    super({ name, text, values }, told);
    this.#statement = name;
  }

  override prepare(connection: pg.Connection): void {
    const { columns, undescribing } = describedOn(connection);
    const known = columns.get(this.#statement);
    if (!known) {
      this.#learnt = columns;
      super.prepare(connection);
      return;
    }
    const { _result: result } = this;
    Object.assign(result, known);
    // As the description would have it: rows are gathered for whoever is told.
    Object.assign(this, { _accumulateRows: true });
    super.prepare(undescribing);
  }

  override handleRowDescription(message: unknown): void {
    super.handleRowDescription(message);
    const {
      _result: { fields, _parsers, _prebuiltEmptyResultObject },
    } = this;
    this.#learnt?.set(this.#statement, { fields, _parsers, _prebuiltEmptyResultObject });
  }
}

function describedOn(connection: pg.Connection): Described {
  const known = ofConnections.get(connection);
  if (known) return known;
  const undescribing = Object.create(connection, { describe: { value: () => undefined } }) as pg.Connection;
  const made = { columns: new Map<string, Columns>(), undescribing };
  ofConnections.set(connection, made);
  return made;
}
