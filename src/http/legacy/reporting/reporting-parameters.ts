import { REPORTED_STATUSES, type ReportedStatus } from '@app/tokens';

import type { Parameters } from '../../envelope/parameters/parameters.js';
import { UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';
import { startOfDay } from '../tokens/local-time.js';
import { invalidInteger, pythonInteger, pythonQuoted } from '../python-text.js';

const MOST_ON_A_PAGE = 1_000_000;

/** @param usual what an absent parameter means @throws WireError for one that reports do not know */
export function statusesOf(parameters: Parameters, usual: 'total' | '*'): readonly ReportedStatus[] {
  const names = (parameters.text('status') || usual).split(',').map((name) => name.trim());
  if (names.includes('*')) return REPORTED_STATUSES;
  const statuses = names.map((name) => {
    const status = REPORTED_STATUSES.find((known) => known === name);
    if (!status) throw new WireError(UNSPECIFIC, `unsupported status: ${pythonQuoted(name)}`);
    return status;
  });
  return [...new Set(statuses)];
}

/** What LinOTP shows of a day that it cannot read: the text of Python's own error. */
export function unreadableDay(text: string): string {
  return `time data ${pythonQuoted(text)} does not match format '%Y-%m-%d'`;
}

/** @returns `null` where the parameter is absent @throws WireError for what is no day */
export function dayOf(parameters: Parameters, name: string): Date | null {
  const text = parameters.text(name);
  if (text === null) return null;
  const day = startOfDay(text);
  if (!day) throw new WireError(UNSPECIFIC, `${name}: ${unreadableDay(text)}`);
  return day;
}

export interface ReportPage {
  /** From 1. */
  readonly page: number;
  readonly size: number;
}

/** @returns `null`: everything @throws WireError for what is no number from 1 */
export function reportPageOf(parameters: Parameters, usualSize: number): ReportPage | null {
  const page = numberOf(parameters, 'page');
  const size = numberOf(parameters, 'pagesize');
  return page === null ? null : { page, size: Math.min(size ?? usualSize, MOST_ON_A_PAGE) };
}

/** As far as the database can count. */
export function offsetOf({ page, size }: ReportPage): number {
  return Math.min((page - 1) * size, Number.MAX_SAFE_INTEGER);
}

function numberOf(parameters: Parameters, name: 'page' | 'pagesize'): number | null {
  const text = parameters.text(name);
  if (text === null || text === '') return null;
  const number = pythonInteger(text);
  if (number === null) throw new WireError(UNSPECIFIC, `${name}: ${invalidInteger(text)}`);
  if (number < 1) throw new WireError(UNSPECIFIC, `${name}: must be 1 or more, not ${number}`);
  return number;
}
