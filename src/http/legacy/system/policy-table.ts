import type { Policy } from '@app/policies';

import { escapeHtml } from '../../envelope/parameters/page.js';
import type { Parameters } from '../../envelope/parameters/parameters.js';
import { UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';
import { RawReply } from '../../server/raw-reply.js';
import { invalidInteger, pythonInteger, pythonQuoted } from '../python-text.js';

const SORTABLE = ['active', 'name', 'user', 'scope', 'action', 'realm', 'client', 'time'] as const;

/** Policies as LinOTP's own table of them wants them (spec/policies §10.4). @throws WireError */
export function policyTable(policies: readonly Policy[], parameters: Parameters): RawReply {
  const page = wholeNumber(parameters, 'page') ?? 1;
  const size = wholeNumber(parameters, 'rp');
  const sorted = policies.length === 0 ? [] : sortedPolicies(policies, parameters);
  const shown = size === null ? sorted : sorted.slice((page - 1) * size, page * size);
  const rows = shown.map(({ name, user, scope, action, realm, client, time, active }) => ({
    id: name,
    cell: [active === 'True' ? 1 : 0, name, user, scope, escapeHtml(action), realm, client, time],
  }));
  // It is sent as HTML: no text in it may be taken for a tag.
  const body = JSON.stringify({ page, total: policies.length, rows }).replaceAll('<', '\\u003c');
  return new RawReply(body, 'text/html; charset=utf-8');
}

function sortedPolicies(policies: readonly Policy[], parameters: Parameters): readonly Policy[] {
  const wanted = parameters.text('sortname');
  const column = SORTABLE.find((name) => name === wanted);
  // LinOTP says no more than what it did not find.
  if (column === undefined) {
    throw new WireError(UNSPECIFIC, wanted === null ? 'None' : pythonQuoted(wanted));
  }
  const ascending = policies.toSorted((a, b) => (a[column] < b[column] ? -1 : a[column] > b[column] ? 1 : 0));
  return parameters.text('sortorder') === 'desc' ? ascending.toReversed() : ascending;
}

/** `null`: absent. */
function wholeNumber(parameters: Parameters, name: string): number | null {
  const text = parameters.text(name);
  if (text === null || text === '') return null;
  const value = pythonInteger(text);
  if (value === null) throw new WireError(UNSPECIFIC, invalidInteger(text));
  return Math.max(value, 1);
}
