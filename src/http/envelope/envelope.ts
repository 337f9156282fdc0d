import { Injectable } from '@nestjs/common';

import type { Exchange } from '../exchange.js';
import { RawReply, type RawReplyOptions, StreamedReply } from '../server/raw-reply.js';
import type { WireError } from './errors/wire-error.js';

const JSON_TYPE = 'application/json';
const INDENT = 3;
/** Answered as a whole: with its length, and with an error of its own if something fails. */
const SHORT_LIST = 500;
const LIST_GOES_HERE = 'the rows';
// Of a row in a list in the value in the result of the document.
const ROW_INDENT = ' '.repeat(4 * INDENT);
// Everything but printable ASCII and the line feeds of the indentation.
const NOT_ASCII = /[\u007f-\uffff]/g;

/** The product and its version, as clients of the compatible interfaces parse it: it begins with `LinOTP `. */
export class EnvelopeVersion {
  constructor(
    readonly text: string,
    readonly number: string,
  ) {}
}

export interface LegacyReplyOptions extends RawReplyOptions {
  /** 1 nearly everywhere; 0 for most of `/validate`; of `/validate/smspin` what was sent; `null` of `finishocra2token`. */
  readonly id?: number | object | null;
  /** Sent only when it is not empty. */
  readonly detail?: object;
  /** `false` for the few calls that fail with a value (spec/validate-api §1.0: check_s, pair). */
  readonly status?: boolean;
}

/** What a handler answers: the value, to be put into the envelope (spec/admin-api §1.3). */
export class LegacyReply {
  constructor(
    readonly value: unknown,
    readonly options: LegacyReplyOptions = {},
  ) {}
}

/** What a handler gives back. */
export type LegacyAnswer = LegacyReply | RawReply | StreamedReply;

export function reply(value: unknown, options?: LegacyReplyOptions): LegacyReply {
  return new LegacyReply(value, options);
}

/** What a streamed list ends with. */
export interface ListEnd {
  /** Rows that were looked at. */
  readonly queried: number;
  /** `null`: no page was asked for. */
  readonly page: number | null;
  readonly detail: object | null;
}

/** A list that stands in the envelope as any value would, however long it is. */
export interface ListedValue {
  /** Members of the value before the list. */
  readonly before: object;
  readonly name: string;
  readonly batches: AsyncIterable<readonly unknown[]>;
  /** Members behind it; asked once the list is through. */
  readonly after: (rows: number) => object;
}

/** Renders envelopes: three blanks of indentation, keys in order, non-ASCII escaped. */
@Injectable()
export class Envelopes {
  /** The two answers of a login, which are most of all answers. */
  readonly #accepted: RawReply;
  readonly #rejected: RawReply;

  constructor(readonly version: EnvelopeVersion) {
    this.#accepted = this.#render(new LegacyReply(true, { id: 0 }));
    this.#rejected = this.#render(new LegacyReply(false, { id: 0 }));
  }

  /**
   * What a login is answered, by a function that no interceptor stands behind.
   * @throws Error where nothing was recorded: nobody is told a verdict that the trail does not know
   */
  ofLogin(answer: LegacyReply | RawReply, { isRecorded }: Pick<Exchange, 'isRecorded'>): RawReply {
    if (!isRecorded) throw new Error('a login was about to be answered without its record');
    return answer instanceof RawReply ? answer : this.success(answer);
  }

  success(answer: LegacyReply): RawReply {
    const { value, options } = answer;
    if (typeof value === 'boolean' && isPlainVerdict(options)) return value ? this.#accepted : this.#rejected;
    return this.#render(answer);
  }

  /**
   * A list of any length, a row a line, with its count behind it (spec/admin-api §1.6).
   *
   * @param rows  what JSON makes of each is sent as it comes
   * @param close lets go of what the rows come from
   * @param after asked once the rows are through: what stands beside the list, and the `detail`
   */
  streamed(rows: AsyncIterable<unknown>, after: () => ListEnd, close: () => Promise<void>): StreamedReply {
    const { text } = this.version;
    async function* chunks(): AsyncGenerator<string> {
      yield '{"jsonrpc": "2.0802", "result": {"status": true, "value":  [';
      let separator = '';
      for await (const row of rows) {
        yield `${separator}${JSON.stringify(row)}\n`;
        separator = ',';
      }
      const { queried, page, detail } = after();
      const pageText = page === null ? '' : `, "page": ${page}`;
      const detailText = detail === null ? '' : `, "detail": ${JSON.stringify(detail)}`;
      yield `] , "queried" : ${queried} ${pageText}}, "version": ${JSON.stringify(text)}, "id": 1${detailText}}`;
    }
    return new StreamedReply(chunks(), JSON_TYPE, close);
  }

  /**
   * The same answer as `success` gives for such a value. A short list is sent as one; a long one is rendered while it is
   * sent, so that only a part of it is in memory.
   *
   * @param length of the list
   * @param close  lets go of what it comes from
   */
  async list(
    { before, name, batches, after }: ListedValue,
    length: number,
    close: () => Promise<void>,
  ): Promise<RawReply | StreamedReply> {
    if (length <= SHORT_LIST) {
      try {
        const rows: unknown[] = [];
        for await (const batch of batches) rows.push(...batch);
        return this.success(reply({ ...before, [name]: rows, ...after(rows.length) }));
      } finally {
        await close();
      }
    }
    const parts = (behind: object) => {
      const value = { ...before, [name]: [LIST_GOES_HERE], ...behind };
      return this.#text({ status: true, value }, 1).split(JSON.stringify(LIST_GOES_HERE));
    };
    async function* chunks(): AsyncGenerator<string> {
      yield parts({})[0] ?? '';
      let count = 0;
      for await (const batch of batches) {
        yield batch.map((row) => `${count++ === 0 ? '' : `,\n${ROW_INDENT}`}${listed(row)}`).join('');
      }
      yield parts(after(count))[1] ?? '';
    }
    return new StreamedReply(chunks(), JSON_TYPE, close);
  }

  /** @param httpStatus as the caller decided it */
  error(error: WireError, httpStatus: number): RawReply {
    const result = { status: false, error: { code: error.code, message: error.message } };
    return new RawReply(this.#text(result, error.envelopeId), JSON_TYPE, { httpStatus });
  }

  #render({ value, options }: LegacyReply): RawReply {
    const result = { status: options.status ?? true, value };
    return new RawReply(
      this.#text(result, options.id === undefined ? 1 : options.id, options.detail),
      JSON_TYPE,
      options,
    );
  }

  #text(result: object, id: number | object | null, detail?: object): string {
    const document = {
      jsonrpc: '2.0802',
      result,
      version: this.version.text,
      versionNumber: this.version.number,
      id,
      ...(!isEmpty(detail) && { detail }),
    };
    return JSON.stringify(document, null, INDENT).replace(NOT_ASCII, escapeUnit);
  }
}

function isEmpty(detail: object | undefined): boolean {
  // Without a list of the names: every login asks.
  for (const _ in detail) return false;
  return true;
}

function isPlainVerdict(options: LegacyReplyOptions): boolean {
  return (
    options.id === 0 &&
    isEmpty(options.detail) &&
    options.status === undefined &&
    options.headers === undefined &&
    options.httpStatus === undefined
  );
}

function listed(row: unknown): string {
  return JSON.stringify(row, null, INDENT).replaceAll('\n', `\n${ROW_INDENT}`).replace(NOT_ASCII, escapeUnit);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
