import type { MeantDifference } from './expectations.js';

interface RecordedPage {
  readonly total: number;
  readonly rows: readonly { readonly cell: readonly unknown[] }[];
}

/** Meant differences of what the audit trail shows. */
export const AUDIT_DIFFERENCES: Readonly<Record<string, MeantDifference>> = {
  'audit-search': {
    reason:
      'calls that succeeded have 1 as success, the text of an error stands in info, and a message that cannot be sent has a record of its own',
    at: /^\.(total|rows\[\d\]\.cell\[(5|12)\])$/,
    check: ({ json }) => {
      const { total, rows } = json as unknown as RecordedPage;
      expect(total).toBeGreaterThan(300);
      expect(rows.map(({ cell }) => [cell[4], cell[5], cell[12]])).toEqual([
        ['system/getReportedStatuses', '1', ''],
        ['system/isSupportValid', '0', ''],
        ['system/getSupportInfo', '1', ''],
        ['reporting/delete_before', '0', 'strptime() argument 1 must be str, not None'],
        ['reporting/period', '1', ''],
      ]);
    },
  },
  'audit-search-query': {
    reason: 'a token that is looked at by /api/v2/tokens is named in the record',
    at: /^\.(total|rows\[2\]\.cell\[(4|5|10|11)\])$/,
    check: ({ json }) => {
      const { total, rows } = json as unknown as RecordedPage;
      expect(total).toBeGreaterThan(40);
      expect(rows.map(({ cell }) => [cell[2], cell[4], cell[6]])).toEqual([
        ['OK', 'admin/init', 'GH1'],
        ['OK', 'admin/init', 'GH1'],
        ['OK', 'api/v2/tokens/GH1', 'GH1'],
      ]);
    },
  },
  'v2-auditlog': {
    reason: 'as in /audit/search',
    at: /^\.result\.value\.(total(Records|Pages)|pageRecords\[\d\]\.success)$/,
    check: ({ json }) => {
      const { result } = json as unknown as {
        result: { value: { pageRecords: readonly { readonly success: boolean }[] } };
      };
      expect(result.value.pageRecords.map(({ success }) => success)).toEqual([true, true, false]);
    },
  },
};
