import type { MeantDifference } from './expectations.js';

/** Meant differences of `/monitoring` and `/reporting`. */
export const REPORT_DIFFERENCES: Readonly<Record<string, MeantDifference>> = {
  'monitoring-config': {
    reason: 'a node that answers is in step with the database; there are as many entries as getConfig shows',
    at: /^\.result\.value\.(sync|synctime|now|cache_to_db_diff|db_time|total|netto)$/,
    check: ({ json }) => {
      const { result } = json as unknown as { result: { value: Readonly<Record<string, unknown>> } };
      expect(result.value).toMatchObject({
        sync: true,
        synctime: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/),
        netto: expect.any(Number),
      });
    },
  },
  'monitoring-tokens-status': {
    reason:
      'LinOTP leaves realms behind "/:no realm:/" out of its summary; the u2f token is not enrolled here',
    at: /^\.result\.value\.(Summary|Realms\.(goldrealm|\/:no realm:\/))\./,
    check: ({ json }) => {
      const { result } = json as unknown as { result: { value: RecordedCounts } };
      const { Summary, Realms } = result.value;
      // The token of `second` is one of those of `goldrealm`.
      for (const status of ['total', 'active', 'inactive', 'assigned', 'unassigned', 'total users']) {
        const sum = Number(Realms['goldrealm']?.[status]) + Number(Realms['/:no realm:/']?.[status]);
        expect([status, Summary[status]]).toEqual([status, sum]);
      }
    },
  },
  'reporting-period': {
    reason: 'realms come in the order of their names, where LinOTP has none',
    at: /^\.result\.value\.realms\[\d\]\.name$/,
    check: ({ json }) => {
      const { result } = json as unknown as { result: { value: { realms: { name: string }[] } } };
      const names = result.value.realms.map(({ name }) => name);
      expect(names).toEqual(['goldrealm', 'linotp_admins', 'second', '/:no realm:/']);
    },
  },
};

interface RecordedCounts {
  readonly Summary: Readonly<Record<string, number>>;
  readonly Realms: Readonly<Record<string, Readonly<Record<string, number>>>>;
}
