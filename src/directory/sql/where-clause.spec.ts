import { Invalid } from '@app/kernel';

import { parseWhere } from './where-clause.js';

describe('parseWhere', () => {
  it('puts a condition in parentheses, and leaves out an empty one', () => {
    expect(parseWhere('active = 1 OR admin = 1', 'postgresql')).toBe('(active = 1 OR admin = 1)');
    expect(parseWhere('  ', 'mysql')).toBe('');
  });

  it.each([
    "name <> 'it''s (odd'",
    "name <> ')' AND note <> '--' AND other <> ';'",
    'a - b > 1 AND c / d * e < 2',
    "name LIKE '50\\%'",
    '"Strange (name" = 1',
    "(a IN (1, 2)) AND (b = '(')",
  ])('takes %s', (text) => {
    expect(parseWhere(text, 'postgresql')).toBe(`(${text})`);
    expect(parseWhere(text, 'mysql')).toBe(`(${text})`);
  });

  it('takes what one of the databases knows only', () => {
    expect(parseWhere("data ? 'key' AND a # b > 0", 'postgresql')).toBe("(data ? 'key' AND a # b > 0)");
    expect(parseWhere('`odd (name` = 1', 'mysql')).toBe('(`odd (name` = 1)');
  });

  it.each([
    '1=1) OR (1=1',
    ')(',
    '(a = 1',
    'a = 1)',
    'a = 1; DROP TABLE users',
    'a = 1 -- and no more',
    'a = 1 /* and',
    'a = 1 */',
    "a = 'open",
    'a = "open',
    "a = '\\' OR 1=1) -- '",
    "a = '\\') OR (1=1 OR b = '",
    'a = `open',
    'a = 1\0',
  ])('refuses %j', (text) => {
    expect(() => parseWhere(text, 'postgresql')).toThrow(Invalid);
    expect(() => parseWhere(text, 'mysql')).toThrow(Invalid);
  });

  it('refuses what would be a bound value, a text in dollars, or a comment there', () => {
    for (const text of ['a = $1', 'a = $$ ) $$', 'a = `b`']) {
      expect(() => parseWhere(text, 'postgresql')).toThrow(Invalid);
    }
    for (const text of ['a = ?', 'a = 1 # no more']) expect(() => parseWhere(text, 'mysql')).toThrow(Invalid);
  });
});
