import type { ReportReading, TokenReport } from '@app/tokens';

import { StreamedReply } from '../../server/raw-reply.js';
import { localTime } from '../tokens/local-time.js';
import { realmName } from '../users/reported-realms.js';

/** A report as clients read it; four columns are LinOTP's, which leaves them empty as well (spec/admin-api §5.3). */
export interface ReportRow {
  readonly timestamp: string;
  readonly event: string;
  readonly realm: string;
  readonly parameter: string;
  readonly value: string;
  readonly count: number;
  readonly detail: string;
  readonly session: string;
  readonly description: string;
}

export function reportRow({ at, event, realm, status, count }: TokenReport): ReportRow {
  return {
    timestamp: localTime(at),
    event: `token_${event}`,
    realm: realmName(realm),
    parameter: status,
    value: '',
    count,
    detail: '',
    session: '',
    description: '',
  };
}

/** Header cells `"name",`, then `"text", ` and `12, ` (spec/admin-api §1.6). Without a report, no header either. */
export function reportCsv({ batches, close }: ReportReading): StreamedReply {
  async function* chunks(): AsyncGenerator<string> {
    let hasHeader = false;
    for await (const reports of batches) {
      const rows = reports.map(reportRow);
      const [first] = rows;
      if (!hasHeader && first) {
        hasHeader = true;
        yield `${Object.keys(first)
          .map((name) => `"${name}",`)
          .join('')}\n`;
      }
      yield rows.map((row) => `${Object.values(row).map(csvCell).join('')}\n`).join('');
    }
  }
  return new StreamedReply(chunks(), 'text/csv; charset=utf-8', close, {
    headers: { 'content-disposition': 'attachment; filename=linotp-reports.csv' },
  });
}

function csvCell(value: string | number): string {
  return typeof value === 'number' ? `${value}, ` : `"${value.replaceAll('"', '""')}", `;
}
