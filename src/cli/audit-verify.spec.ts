import { faultLine, summaryLine } from './audit-verify.js';

describe('what a verification says', () => {
  it.each([
    { faults: [], line: '3 lanes, 1200 records in 0.5 s (2400 records/s): sound' },
    {
      faults: [{ lane: '2', sequence: 17, fault: 'changed' as const }],
      line: '3 lanes, 1200 records in 0.5 s (2400 records/s): 1 faulty',
    },
  ])('ends with $line', ({ faults, line }) => {
    expect(summaryLine({ lanes: 3, records: 1200, faults }, 0.5)).toBe(line);
  });

  it('has a finite rate however fast it was', () => {
    expect(summaryLine({ lanes: 0, records: 0, faults: [] }, 0)).toContain('(0 records/s)');
  });

  it.each(['changed', 'missing', 'unchained', 'unsigned', 'forged', 'head-differs', 'lane-missing'] as const)(
    'names lane, record and meaning of a fault: %s',
    (fault) => {
      const line = faultLine({ lane: '2', sequence: 17, fault });
      expect(line).toMatch(new RegExp(`^lane 2, record 17: ${fault}: \\w+ .*`));
    },
  );
});
