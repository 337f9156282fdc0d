import { invalidInteger, pythonInteger, pythonList, pythonQuoted } from './python-text.js';

describe('pythonInteger', () => {
  it.each<[string, number | null]>([
    ['444', 444],
    [' 444 ', 444],
    ['+404', 404],
    ['-3', -3],
    ['4_04', 404],
    ['', null],
    ['abc', null],
    ['40.4', null],
    ['0x1f4', null],
    ['4__0', null],
    ['_4', null],
    ['99999999999999999999', null],
  ])('reads %j as %j', (text, value) => {
    expect(pythonInteger(text)).toBe(value);
  });
});

describe('texts as Python prints them', () => {
  it.each([
    ['plain', "'plain'"],
    ["it's", `"it's"`],
    [`both ' and "`, `'both \\' and "'`],
    ['a\nb', "'a\\nb'"],
  ])('quotes %j', (text, quoted) => {
    expect(pythonQuoted(text)).toBe(quoted);
  });

  it('lists, and complains about integers (recording 111)', () => {
    expect(pythonList(['r1', 'r2'])).toBe("['r1', 'r2']");
    expect(invalidInteger('x')).toBe("invalid literal for int() with base 10: 'x'");
  });
});
