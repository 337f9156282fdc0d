import { type AuditQuery, AuditSearch, type FoundRecord, exactPattern } from '@app/audit';
import { Invalid, Unavailable } from '@app/kernel';
import { Req } from '@nestjs/common';

import { LegacyController, Reads } from '../../../envelope/routes/legacy-controller.js';
import { UNSPECIFIC, WireError } from '../../../envelope/errors/wire-error.js';
import { type Exchange, type ExchangeRequest, note } from '../../../exchange.js';
import { RawReply } from '../../../server/raw-reply.js';
import { currentUserOf } from '../../../session/users/cookie-user-session-check.js';
import { auditPage, auditSort, searchConditions } from '../../audit/audit-query.js';

/** A table shows no more. */
const LARGEST_PAGE = 500;

/** What users see of the audit trail: records of their own (spec/validate-api §4.8). */
@LegacyController('userservice', 'users')
export class HistoryController {
  constructor(private readonly audit: AuditSearch) {}

  @Reads('history', {
    right: { scope: 'selfservice', action: 'history' },
    summary: 'Search the audit trail for what concerns the user',
    parameters: [
      { name: 'page', description: 'from 1, which is the default' },
      { name: 'rp', description: `records on a page (15), up to ${LARGEST_PAGE}` },
      { name: 'sortname', description: 'number (default), date, action, success, serial, tokentype …' },
      { name: 'sortorder', description: 'desc reverses' },
      { name: 'query', description: 'pattern for the column qtype; col=pattern;… with qtype=extsearch' },
      { name: 'qtype', description: 'a column, or extsearch' },
    ],
  })
  async history(@Req() { exchange }: ExchangeRequest): Promise<RawReply> {
    const { parameters } = exchange;
    const page = auditPage(parameters, LARGEST_PAGE);
    try {
      const { records, total } = await this.audit.find({ ...ownRecords(exchange), page });
      note(exchange, { succeeded: true });
      // As it was asked for, a text or a number (recording 339).
      const answer = { page: parameters.raw('page') ?? 1, total, rows: records.map(rowOf) };
      return new RawReply(harmlessJson(answer), 'text/html; charset=utf-8');
    } catch (error) {
      if (error instanceof Unavailable) throw error;
      const reason = error instanceof Invalid ? `: ${error.message}` : '';
      throw new WireError(UNSPECIFIC, `audit/search failed${reason}`, { envelopeId: 0, cause: error });
    }
  }
}

/** All of them must hold, whatever else is asked for: nobody sees what names another user, or another realm besides. */
function ownRecords(exchange: Exchange): AuditQuery {
  const { login, realm } = currentUserOf(exchange).session.user;
  const { parameters } = exchange;
  return {
    within: [realm],
    conditions: [{ field: 'user', like: exactPattern(login) }, ...(searchConditions(parameters) ?? [])],
    combine: 'all',
    sort: auditSort(parameters),
  };
}

function rowOf({ record, number }: FoundRecord): object {
  const { at, action, succeeded, serial, tokenType, administrator, detail, info } = record;
  const date = at.toISOString().replace('Z', '+00:00');
  const success = succeeded ? '1' : '0';
  return { id: number, cell: [date, action, success, serial, tokenType, administrator, detail, info] };
}

/** Strangers write into the trail, and clients are used to `text/html`: nothing in it is a tag to a browser. */
function harmlessJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[<>&]/g, (character) => {
    return `\\u00${character.charCodeAt(0).toString(16)}`;
  });
}
