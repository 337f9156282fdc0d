import { listSettings } from '../../config/settings.js';
import { settingLines } from './config-show.js';

const SETTINGS = listSettings({
  TWINLOCK_DATA: '/data',
  TWINLOCK_PORT: '5002',
  LINOTP_LOG_LEVEL: 'WARNING',
  DATABASE_URL: 'postgres://twinlock:geheim1@db/twinlock',
});

describe('the settings as lines', () => {
  it('are all of them, by name', () => {
    const lines = settingLines(SETTINGS, [], {});
    expect(lines).toHaveLength(SETTINGS.length);
    expect(lines).toEqual(lines.toSorted());
    expect(lines).toEqual(expect.arrayContaining(['TWINLOCK_PORT=5002', 'TWINLOCK_HOST=127.0.0.1']));
  });

  it('have no password in them', () => {
    const text = settingLines(SETTINGS, [], {}).join('\n');
    expect(text).toMatch(/^DATABASE_URL=.*@db/m);
    expect(text).not.toContain('geheim1');
  });

  it('are those that were set', () => {
    const names = settingLines(SETTINGS, [], { modified: true }).map((line) => line.replace(/=.*/, ''));
    expect(names).toEqual(['DATABASE_URL', 'TWINLOCK_DATA', 'TWINLOCK_LOG_LEVEL', 'TWINLOCK_PORT']);
  });

  it.each([
    { items: ['TWINLOCK_PORT', 'TWINLOCK_HOST'], lines: ['TWINLOCK_HOST=127.0.0.1', 'TWINLOCK_PORT=5002'] },
    { items: ['LINOTP_ADMIN_REALM_NAME'], lines: ['ADMIN_REALM_NAME=linotp_admins'] },
  ])('are $items', ({ items, lines }) => {
    expect(settingLines(SETTINGS, items, {})).toEqual(lines);
  });

  it('are values alone', () => {
    expect(settingLines(SETTINGS, ['TWINLOCK_PORT'], { values: true })).toEqual(['5002']);
  });

  it('are refused when one is unknown', () => {
    expect(() => settingLines(SETTINGS, ['TWINLOCK_PORT', 'PORT'], {})).toThrow('No information on PORT');
  });
});
