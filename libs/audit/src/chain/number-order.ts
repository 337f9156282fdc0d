import type { RowReference } from './stored-row.js';

const NOBODY: RowReference = { sequence: 0, number: 0, at: NaN };

/** One of these has a number that is not its own. */
export interface Renumbered {
  readonly first: RowReference;
  readonly last: RowReference;
}

/**
 * Running numbers rise along a lane. They are given by the database, so no hash covers them: only their order is checked.
 * Where two do not rise, the one after them tells which of the two is wrong.
 */
export class NumberOrder {
  #before = NOBODY;
  #last = NOBODY;
  #suspects: Renumbered | null = null;

  copy(): NumberOrder {
    const copy = new NumberOrder();
    copy.#before = this.#before;
    copy.#last = this.#last;
    copy.#suspects = this.#suspects;
    return copy;
  }

  next(row: RowReference): Renumbered | null {
    if (this.#suspects) {
      const { first, last } = this.#suspects;
      const wrong = row.number > first.number ? last : first;
      return { first: wrong, last: wrong };
    }
    const { sequence, number, at } = row;
    if (number <= this.#before.number || !Number.isSafeInteger(number)) return { first: row, last: row };
    if (number > this.#last.number) this.#before = this.#last;
    else this.#suspects = { first: this.#last, last: { sequence, number, at } };
    this.#last = { sequence, number, at };
    return null;
  }

  end(): Renumbered | null {
    return this.#suspects;
  }
}
