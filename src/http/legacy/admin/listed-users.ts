import type { ListedUser, UserListing } from '@app/realms';

import type { ListEnd } from '../../envelope/envelope.js';
import type { Parameters } from '../../envelope/parameters/parameters.js';
import { UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';
import { invalidInteger, pythonInteger } from '../python-text.js';
import { resolverSpecification } from '../users/resolver-names.js';

const ROWS_ON_A_PAGE = 16;
const UNREADABLE_PAGE = 9876;

/** The page that `page` (from 0) and `rp` ask for (spec/admin-api §1.6). Read before anybody is asked for users. */
export interface UserPage {
  readonly page: number | null;
  readonly first: number;
  /** The row that is no longer on it. */
  readonly beyond: number;
}

/** @param pageByDefault the page that `rp` alone means; `null`: `rp` alone limits nothing */
export function userPageOf(parameters: Parameters, pageByDefault: 0 | null): UserPage {
  const page = numberOf('page', parameters);
  const rows = numberOf('rp', parameters);
  const shown = page ?? (rows === null ? null : pageByDefault);
  if (shown === null) return { page, first: 0, beyond: Infinity };
  const size = rows ?? ROWS_ON_A_PAGE;
  // v2 names a page only behind the first.
  return { page: page === pageByDefault ? null : page, first: shown * size, beyond: (shown + 1) * size };
}

/** The page's rows as they come, and what a list ends with then. */
export function listedUsers(
  listing: UserListing,
  { page, first, beyond }: UserPage,
  toRow: (listed: ListedUser) => object,
): { rows: AsyncIterable<object>; end: () => ListEnd } {
  let queried = 0;
  async function* rows(): AsyncGenerator<object> {
    for await (const listed of listing.users) {
      if (queried >= beyond) return;
      queried++;
      if (queried > first) yield toRow(listed);
    }
  }
  const unavailable = () => listing.unavailable.map(resolverSpecification);
  const end = () => ({
    queried,
    page,
    detail: listing.unavailable.length === 0 ? null : { unavailable: unavailable() },
  });
  return { rows: rows(), end };
}

function numberOf(name: 'page' | 'rp', parameters: Parameters): number | null {
  const text = parameters.text(name);
  if (text === null || text === '') return null;
  const value = pythonInteger(text);
  if (value === null) throw unreadable(name, text);
  return Math.max(0, value);
}

function unreadable(name: 'page' | 'rp', text: string): WireError {
  const message = invalidInteger(text);
  if (name === 'rp') return new WireError(UNSPECIFIC, message);
  return new UnreadablePage(`ValueError(${JSON.stringify(message)})`);
}

/** Has a code of its own and, alone among those, a message without it (spec/admin-api §1.6). */
class UnreadablePage extends WireError {
  constructor(message: string) {
    super(UNREADABLE_PAGE, message);
    this.message = message;
  }
}
