import type { FaultAt } from '@app/audit';

import type { AuditVerification } from '../../composition/audit-trail.js';
import {
  faultLine,
  isProvenUntil,
  newestLines,
  reportJson,
  restoreLines,
  summaryLine,
} from './verify-report.js';

const AT = Date.parse('2026-01-02T03:04:05.678Z');
const FAULT: FaultAt = {
  lane: '2',
  sequence: 17,
  through: 17,
  fault: 'changed',
  row: { sequence: 17, number: 40, at: AT },
  previous: { sequence: 16, number: 39, at: AT - 1 },
  next: null,
};
const FOUND: AuditVerification = {
  lanes: 3,
  records: 1200,
  faults: [],
  newest: { sources: [], unproven: 1200, unprovenSince: null, unnamed: 7, unnamedSince: new Date(AT) },
  restores: [],
};

describe('what a verification says', () => {
  it.each([
    { faults: [], line: '3 lanes, 1200 records in 0.5 s (2400 records/s): sound' },
    { faults: [FAULT], line: '3 lanes, 1200 records in 0.5 s (2400 records/s): 1 faulty' },
  ])('ends with $line', ({ faults, line }) => {
    expect(summaryLine({ ...FOUND, faults }, 0.5)).toBe(line);
  });

  it('has a finite rate however fast it was', () => {
    expect(summaryLine({ ...FOUND, records: 0 }, 0)).toContain('(0 records/s)');
  });

  it.each<[Partial<FaultAt>, RegExp]>([
    [
      {},
      /^lane 2, record 17, number 40 of 2026-01-02T03:04:05.678Z: changed: .* \(after record 16, number 39 of .*\)$/,
    ],
    [{ row: null, previous: null }, /^lane 2, record 17: changed: /],
    [
      { fault: 'missing', through: 19, row: null, next: { sequence: 20, number: 44, at: AT } },
      /^lane 2, records 17 to 19: missing: .* \(after record 16, .*, before record 20, number 44 of .*\)$/,
    ],
    [
      { fault: 'forged', through: 19, row: { sequence: 19, number: 43, at: AT } },
      /^lane 2, records 17 to 19: forged: .* \(signed at record 19, number 43 of /,
    ],
    [
      { fault: 'cut', row: null, witness: 'record 3 of lane 4' },
      / \(after .*, according to record 3 of lane 4\)$/,
    ],
    [{ row: { sequence: 17, number: 40, at: NaN } }, /number 40 of no time: changed/],
  ])('names lane, record, number and time of a fault: %j', (changes, line) => {
    expect(faultLine({ ...FAULT, ...changes })).toMatch(line);
  });

  it('says plainly that the newest minute is unproven, where nothing is kept outside', () => {
    const [line] = newestLines(FOUND);
    expect(line).toContain('the newest minute is unproven');
    expect(line).toContain(
      'the 7 newest records, those since 2026-01-02T03:04:05.678Z, which no other lane names',
    );
  });

  it('says where the trail goes on from a backup', () => {
    const restores = [
      { at: new Date(AT), info: 'backup of 2026-01-01T00:00:00.000Z; counters raised by 20' },
    ];
    expect(restoreLines({ ...FOUND, restores })).toEqual([
      'Restored at 2026-01-02T03:04:05.678Z from a backup of 2026-01-01T00:00:00.000Z; counters raised by 20. ' +
        'What was recorded between that backup and then is not here.',
    ]);
    expect(restoreLines(FOUND)).toEqual([]);
  });

  it('says what heads from outside prove', () => {
    const sources = ['a.json', 'the checkpoint of b'];
    const newest = { ...FOUND.newest, sources, unproven: 3, unprovenSince: new Date(AT) };
    const [line] = newestLines({ ...FOUND, newest });
    expect(line).toMatch(/by a.json; the checkpoint of b\. The 3 newest records, those since 2026-/);
    expect(newestLines({ ...FOUND, newest: { ...newest, unproven: 0 } })[0]).toMatch(/No record is newer\.$/);
  });

  it.each<[readonly string[], Date | null, boolean]>([
    [[], null, false],
    [[], new Date(AT), false],
    [['a.json'], null, true],
    [['a.json'], new Date(AT), true],
    [['a.json'], new Date(AT - 1), false],
  ])(
    'with sources %j and records unproven since %s: proven up to a time: %s',
    (sources, unprovenSince, expected) => {
      expect(isProvenUntil({ ...FOUND.newest, sources, unprovenSince }, AT)).toBe(expected);
    },
  );

  it('is one JSON object for programs', () => {
    expect(
      JSON.parse(reportJson({ ...FOUND, faults: [FAULT] }, 0.5, ['0011223344556677'], false)),
    ).toMatchObject({
      sound: false,
      lanes: 3,
      records: 1200,
      seconds: 0.5,
      keys: ['0011223344556677'],
      faults: [
        {
          lane: '2',
          sequence: 17,
          fault: 'changed',
          row: { sequence: 17, number: 40, at: '2026-01-02T03:04:05.678Z' },
          witness: null,
        },
      ],
      newest: { sources: [], unnamed: 7, unnamedSince: '2026-01-02T03:04:05.678Z', provenAsRequired: false },
    });
  });
});
