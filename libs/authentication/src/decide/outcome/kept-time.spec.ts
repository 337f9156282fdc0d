import { keptTime } from './kept-time.js';

const TIME = new Date('2026-11-28T17:18:19.123Z');

describe('keptTime', () => {
  it.each([
    { format: '%Y-%m-%d %H:%M:%S', kept: '2026-11-28T17:18:19' },
    { format: '%Y-%m-%d %H:%M', kept: '2026-11-28T17:18:00' },
    { format: '%Y-%m-%d', kept: '2026-11-28T00:00:00' },
    { format: '%d/%m/%y', kept: '2026-11-28T00:00:00' },
    { format: '%b %Y', kept: '2026-11-01T00:00:00' },
    { format: '%Y', kept: '2026-01-01T00:00:00' },
    { format: '%Y-%m-%d %H', kept: '2026-11-28T17:00:00' },
    { format: '%Y-%m-%d %I %p', kept: '2026-11-28T17:00:00' },
    { format: '%Y-%m-%d %I', kept: '2026-11-28T05:00:00' },
    { format: '%Y-%m-%d %p', kept: '2026-11-28T00:00:00' },
    { format: '%c', kept: '2026-11-28T17:18:19' },
    { format: '%x', kept: '2026-11-28T00:00:00' },
    { format: '%X', kept: '1900-01-01T17:18:19' },
    { format: '%H:%M', kept: '1900-01-01T17:18:00' },
    { format: '%j %Y', kept: '2026-11-28T00:00:00' },
    { format: '%G-W%V-%u', kept: '2026-11-28T00:00:00' },
    { format: '%Y week %W', kept: '2026-01-01T00:00:00' },
    { format: '%%Y %m', kept: '1900-11-01T00:00:00' },
  ])('$format: $kept', ({ format, kept }) => {
    expect(keptTime(format, TIME).toISOString()).toBe(`${kept}.000Z`);
  });
});
