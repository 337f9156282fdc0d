import { parseCurrentTime } from './current-time.js';

describe('parseCurrentTime', () => {
  it.each([
    ['2026-11-22 14:54:30', '2026-11-22T14:54:30.000Z'],
    [' 2026-11-22 14:54:30.5 ', '2026-11-22T14:54:30.500Z'],
    ['2026-11-22 14:54:30.123456', '2026-11-22T14:54:30.123Z'],
  ])('reads "%s"', (text, date) => {
    expect(parseCurrentTime(text)?.toISOString()).toBe(date);
  });

  it.each([
    '',
    'now',
    '2026-11-22',
    '2026-11-22T14:54:30',
    '2026-13-01 00:00:00',
    '2026-02-30 00:00:00',
    '2026-11-22 25:00:00',
  ])('refuses "%s"', (text) => {
    expect(parseCurrentTime(text)).toBeNull();
  });
});
