import { arrayLiteral } from './array-literal.js';

describe('an array as PostgreSQL reads it', () => {
  it.each<[what: string, values: unknown[], literal: string]>([
    ['nothing', [], '{}'],
    ['numbers', [0, -1, 2 ** 53 - 1, 1.5], '{0,-1,9007199254740991,1.5}'],
    ['booleans', [true, false], '{true,false}'],
    ['NULL, and a text that says so', [null, undefined, 'NULL'], '{NULL,NULL,"NULL"}'],
    ['empty texts', ['', ' '], '{""," "}'],
    ['what separates and surrounds', ['a,b', '{c}', "'d'"], `{"a,b","{c}","'d'"}`],
    ['what escapes', ['"', '\\', 'a\\"b"', '\\\\x00'], String.raw`{"\"","\\","a\\\"b\"","\\\\x00"}`],
    ['patterns of replacements', ['$&"', '$1\\'], String.raw`{"$&\"","$1\\"}`],
    ['what is not ASCII', ['jürgen\n€😀'], '{"jürgen\n€😀"}'],
    ['times, to the millisecond', [new Date(1_234)], '{"1970-01-01T00:00:01.234Z"}'],
    ['bytes', [Buffer.of(0, 0x22, 0x5c, 0xff), Buffer.alloc(0)], String.raw`{"\\x00225cff","\\x"}`],
  ])('has %s', (_what, values, literal) => {
    expect(arrayLiteral(values)).toBe(literal);
  });

  it.each([[{}], [[1]], [1n]])('takes nothing that no column has: %p', (value) => {
    expect(() => arrayLiteral([value])).toThrow('no value of a column');
  });
});
