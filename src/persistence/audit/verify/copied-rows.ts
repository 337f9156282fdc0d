import type { ChainFormat, StoredRow } from '@app/audit';
import type { ClientBase } from 'pg';
import { to as copyTo } from 'pg-copy-streams';

/** Columns in the order and form that the row hash covers (docs/audit.md); every one is text. */
const HASHED: readonly string[] = [
  'lane::text',
  'seq::text',
  'batch_start::text',
  "CASE WHEN isfinite(at) THEN (extract(epoch FROM at) * 1000)::bigint::text ELSE 'none' END",
  'action',
  "CASE WHEN succeeded THEN '1' ELSE '0' END",
  'serial',
  'token_type',
  'username',
  'realm',
  'administrator',
  'detail',
  'info',
  'node',
  'client',
  'log_level',
  'clearance_level::text',
];
const HASHED_FIELDS: Readonly<Record<ChainFormat, number>> = { 1: HASHED.length + 1, 2: HASHED.length + 2 };
const FIELDS = ['heads', 'row_hash', 'chain', 'signature', 'number::text'];
const HEADS_FIELD = HASHED.length + 1;
const COUNT = HEADS_FIELD + FIELDS.length;

// PostgreSQL manual, COPY, "Binary Format": signature, flags, length of an extension; then tuples; -1 for their count of fields ends.
const HEADER_BYTES = 11 + 4 + 4;
const COUNT_BYTES = 2;
const LENGTH_BYTES = 4;
const END = -1;

/**
 * The rows of a lane with `after` < sequence ≤ `through`, in order. In the binary format of COPY each field stands behind its
 * length, as in the encoding that the row hash covers: so a part of what is read is what is hashed, uncopied.
 */
export async function* copiedRows(
  database: ClientBase,
  format: ChainFormat,
  lane: number,
  after: number,
  through: number,
): AsyncGenerator<StoredRow[]> {
  const columns = [`'twinlock-audit-${format}'`, ...HASHED, ...FIELDS].join(', ');
  // By the column and not by its text, which has the same name in the result.
  const range = `r.lane = ${lane} AND r.seq > ${after} AND r.seq <= ${through}`;
  const stream = database.query(
    copyTo(
      `COPY (SELECT ${columns} FROM audit_record r WHERE ${range} ORDER BY r.seq) TO STDOUT (FORMAT binary)`,
    ),
  );
  const parser = new TupleParser(format);
  for await (const chunk of stream) {
    const rows = parser.rowsIn(chunk as Buffer);
    if (rows.length > 0) yield rows;
  }
}

/** Cuts the stream into rows, wherever its chunks end. */
class TupleParser {
  #left: Buffer = Buffer.alloc(0);
  #isInside = false;
  readonly #starts = Array.from({ length: COUNT }, () => 0);
  readonly #ends = Array.from({ length: COUNT }, () => 0);

  constructor(private readonly format: ChainFormat) {}

  rowsIn(chunk: Buffer): StoredRow[] {
    const data = this.#left.length > 0 ? Buffer.concat([this.#left, chunk]) : chunk;
    const rows: StoredRow[] = [];
    let place = 0;
    if (!this.#isInside) {
      if (data.length < HEADER_BYTES) {
        this.#left = data;
        return rows;
      }
      this.#isInside = true;
      place = HEADER_BYTES;
    }
    for (let end = this.#tupleAt(data, place); end !== null; end = this.#tupleAt(data, place)) {
      rows.push(this.#row(data, place + COUNT_BYTES));
      place = end;
    }
    this.#left = data.subarray(place);
    return rows;
  }

  /** Notes where the fields are. @returns where the tuple ends; `null`: it is not all there, or it is the end of all */
  #tupleAt(data: Buffer, start: number): number | null {
    if (data.length < start + COUNT_BYTES || data.readInt16BE(start) === END) return null;
    let place = start + COUNT_BYTES;
    for (let field = 0; field < COUNT; field++) {
      if (data.length < place + LENGTH_BYTES) return null;
      const length = data.readInt32BE(place);
      place += LENGTH_BYTES;
      this.#starts[field] = place;
      if (length > 0) place += length;
      if (data.length < place) return null;
      // A null, which has no bytes either, ends before it starts.
      this.#ends[field] = length < 0 ? -1 : place;
    }
    return place;
  }

  #row(data: Buffer, start: number): StoredRow {
    const encodedEnd = this.#ends[HASHED_FIELDS[this.format] - 1] ?? -1;
    return {
      lane: this.#text(data, 1),
      sequence: Number(this.#text(data, 2)),
      batchStart: Number(this.#text(data, 3)),
      at: Number(this.#text(data, 4)),
      encoded: data.subarray(start, encodedEnd),
      heads: this.#text(data, HEADS_FIELD),
      rowHash: this.#bytes(data, HEADS_FIELD + 1) ?? NOTHING,
      chain: this.#bytes(data, HEADS_FIELD + 2) ?? NOTHING,
      signature: this.#bytes(data, HEADS_FIELD + 3),
      number: Number(this.#text(data, HEADS_FIELD + 4)),
    };
  }

  /** Of digits and the like only: '' for a null. */
  #text(data: Buffer, field: number): string {
    const start = this.#starts[field] ?? 0;
    const end = this.#ends[field] ?? -1;
    return end > start ? data.toString('latin1', start, end) : '';
  }

  #bytes(data: Buffer, field: number): Buffer | null {
    const end = this.#ends[field] ?? -1;
    return end < 0 ? null : data.subarray(this.#starts[field], end);
  }
}

const NOTHING: Buffer = Buffer.alloc(0);
