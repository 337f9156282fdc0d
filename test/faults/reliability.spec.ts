import { existsSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);
const TEXT = readFileSync(new URL('docs/reliability.md', ROOT), 'utf8');

describe('docs/reliability.md', () => {
  it('names suites that are there', () => {
    const paths = [...TEXT.matchAll(/`((?:test|src|libs)\/[^`\s]+)`/g)].map(([, path = '']) => path);
    expect(paths.length).toBeGreaterThan(20);
    expect(paths.filter((path) => !existsSync(new URL(path, ROOT)))).toEqual([]);
  });

  it('has a suite for each promise', () => {
    // Header and rule of a table have no suite, nor has the line that speaks of all others.
    const rows = TEXT.split('\n').filter(
      (line) => line.startsWith('| ') && !/^\| (?:When|---|any of)/.test(line),
    );
    expect(rows.length).toBeGreaterThan(15);
    expect(rows.filter((row) => !/`(?:test|src|libs)\/[^`]+\.(?:e2e-)?spec\.ts` \|$/.test(row))).toEqual([]);
  });
});
