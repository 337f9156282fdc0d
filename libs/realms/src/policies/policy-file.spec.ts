import fc from 'fast-check';

import { parsePolicyFile, type PolicySection, writePolicyFile } from './policy-file.js';

function section(name: string, values: Readonly<Record<string, string>>): PolicySection {
  return { name, values: new Map(Object.entries(values)) };
}

describe('a policy file', () => {
  it('is written as LinOTP writes it', () => {
    const file = writePolicyFile([
      section('self_01', {
        action: 'enrollHMAC, delete',
        active: 'True',
        client: '*',
        scope: 'selfservice',
        time: '* * * * * *;',
        user: '',
      }),
    ]);
    expect(file).toBe(
      '[self_01]\naction = "enrollHMAC, delete"\nactive = True\nclient = *\nscope = selfservice\ntime = * * * * * *;\nuser = ""\n',
    );
  });

  it.each([
    ['plain', 'a = b', 'a = b'],
    ['commas', 'a, b', '"a, b"'],
    ['number sign', 'a#b', '"a#b"'],
    ['blanks at the ends', ' a ', '" a "'],
    ['a quote within', 'a="b"c', 'a="b"c'],
    ['a double quote at the end', 'a="b, c"', `'a="b, c"'`],
    ['a single quote at the start', `'a'`, `"'a'"`],
    ['both kinds of quotes', `a="b", c='d' `, `'''a="b", c='d' '''`],
    ['both, with a single quote at the end', `a="b", c='d'`, `"""a="b", c='d'"""`],
    ['a line feed', 'a\nb', `'''a\nb'''`],
  ])('writes %s', (_case, value, written) => {
    const file = writePolicyFile([section('p', { k: value })]);
    expect(file).toBe(`[p]\nk = ${written}\n`);
    expect(parsePolicyFile(file)).toEqual([section('p', { k: value })]);
  });

  it('gives back what was written into it', () => {
    const text = fc.string({ unit: fc.constantFrom(...`ab=,#'" \n[]%é\u{2028}`) });
    const readable = text.filter(
      (value) => !/%\(|\r/.test(value) && !(value.includes("'''") && value.includes('"""')),
    );
    const values = fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), readable);
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^\w{1,4}$/), values), (sections) => {
        const given = Object.entries(sections).map(([name, each]) => section(name, each));
        const file = writtenOrNull(given);
        if (file !== null) expect(parsePolicyFile(file)).toEqual(given);
      }),
    );
  });

  it.each<[string, string, PolicySection[]]>([
    ['nothing', '', []],
    ['comments and blank lines', '# a\n\n  # b\n[p] # c\n', [section('p', {})]],
    ['Windows line ends and a byte order mark', '\u{feff}[p]\r\na = 1\r\n', [section('p', { a: '1' })]],
    ['indented lines', '  [ p ]\n  a=1  \n', [section('p', { a: '1' })]],
    ['comments behind values', `[p]\na = 1 # one\nb = "2, #" # two\n`, [section('p', { a: '1', b: '2, #' })]],
    ['equals signs in a value', '[p]\na = b=c', [section('p', { a: 'b=c' })]],
    ['no value', '[p]\na =\n', [section('p', { a: '' })]],
    ['quoted names', `["p"]\n'a' = 1\n`, [section('p', { a: '1' })]],
    [
      'several lines in three quotes',
      `[p]\na = """x\n y"""\nb = '''z'''\n`,
      [section('p', { a: 'x\n y', b: 'z' })],
    ],
  ])('is read with %s', (_case, file, expected) => {
    expect(parsePolicyFile(file)).toEqual(expected);
  });

  it.each([
    ['a list', '[p]\na = b, c', 'line 2: the value of a must stand in quotes'],
    ['something behind the quotes', '[p]\na = "b" c', 'line 2: the value of a must stand in quotes'],
    ['quotes that nothing closes', '[p]\na = "b', 'line 2: the value of a must stand in quotes'],
    ['three quotes that nothing closes', `[p]\na = '''b\n`, 'line 2: the quotes of the value are not closed'],
    ['something behind three quotes', `[p]\na = '''b\n''' c`, 'line 3: something follows'],
    ['a line that is neither', '[p]\nabc', 'line 2: neither a section nor key = value'],
    ['a value without a key', '[p]\n= 1', 'line 2: neither a section nor key = value'],
    ['a value before the first section', 'a = 1', 'line 1: a stands before the first section'],
    ['a section of a section', '[p]\n[[q]]\n', 'line 2: a section is written as [name]'],
    ['a section without its end', '[p', 'line 1: a section is written as [name]'],
    ['a section twice', '[p]\n[p]', 'line 2: there is a section [p] already'],
    ['a key twice', '[p]\na = 1\na = 2', 'line 3: a is there already'],
    ['an interpolation', '[p]\na = %(x)s', 'line 2: missing option "x" in interpolation.'],
  ])('is refused with %s', (_case, file, message) => {
    expect(() => parsePolicyFile(file)).toThrow(message);
  });

  it('cannot hold both kinds of three quotes', () => {
    expect(() => writePolicyFile([section('p', { a: `'''"""` })])).toThrow('a of policy p cannot be written');
  });
});

/** `null`: there is no way to write them. */
function writtenOrNull(sections: readonly PolicySection[]): string | null {
  try {
    return writePolicyFile(sections);
  } catch {
    return null;
  }
}
