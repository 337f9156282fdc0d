import { rewriteWithoutKey, swapKey, forgeMark, changeMark } from './tampering/forgeries.js';
import { truncate, removeLane, putBack, changeLane } from './tampering/lanes.js';
import {
  changeColumn,
  remove,
  insertOutside,
  insertBetween,
  removeBetween,
  reorder,
  swapContents,
  swapNumbers,
} from './tampering/rows.js';
import type { Tamper } from './tampering/trail.js';

/** What somebody may do who can write to the whole database and has no key. */
export const TAMPERINGS: Readonly<Record<string, Tamper>> = {
  changeColumn,
  remove,
  removeBetween,
  insertOutside,
  insertBetween,
  reorder,
  swapContents,
  swapNumbers,
  truncate,
  removeLane,
  putBack,
  changeLane,
  rewriteWithoutKey,
  swapKey,
  forgeMark,
  changeMark,
};
