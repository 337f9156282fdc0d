import { recordedBefore } from './recorded-before.js';

it.each([
  ['2026-11-28T00:00:00.000Z', 1, '2026-11-27T00:00:00.000Z'],
  ['2026-11-28T23:59:59.999Z', 1, '2026-11-27T00:00:00.000Z'],
  ['2026-11-28T12:00:00.000Z', 365, '2025-11-28T00:00:00.000Z'],
  ['2026-11-28T12:00:00.000Z', 0, '2026-11-28T00:00:00.000Z'],
])('at %s, records are more than %d days old that are from before %s', (now, days, before) => {
  expect(recordedBefore(days, new Date(now)).toISOString()).toBe(before);
});
