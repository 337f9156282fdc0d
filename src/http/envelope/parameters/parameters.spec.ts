import { FormValues, Parameters } from './parameters.js';

const parse = (...parts: string[]) => {
  const values = new FormValues();
  for (const part of parts) values.addEncoded(part);
  return values.toParameters();
};
const fromJson = (text: string) => new Parameters(new Map(Object.entries(JSON.parse(text) as object)));

describe('parameters of a query and a form', () => {
  it.each<[why: string, text: string, expected: Record<string, unknown>]>([
    ['pairs', 'user=anna&pass=1234', { user: 'anna', pass: '1234' }],
    ['an empty text', '', {}],
    ['an empty value', 'user=&pass', { user: '', pass: '' }],
    ['an empty name', '=x', { '': 'x' }],
    ['empty pairs are skipped', '&&a=1&', { a: '1' }],
    ['the first of a repeated name', 'a=1&a=2', { a: '1' }],
    ['a list', 'tokens[]=A&tokens%5B%5D=B', { tokens: ['A', 'B'] }],
    ['an equals sign in a value', 'pass=a=b', { pass: 'a=b' }],
    ['an equals sign of the next pair', 'a&b=1', { a: '', b: '1' }],
    ['plus and percent', 'pass=a+b%2Bc%20d', { pass: 'a b+c d' }],
    ['UTF-8', 'user=j%C3%BCrgen', { user: 'jürgen' }],
    ['invalid UTF-8', 'user=%ffx&pass=ok', { user: '\uFFFDx', pass: 'ok' }],
    ['broken percent-encoding', 'a=%&b=%4&c=%zz', { a: '%', b: '%4', c: '%zz' }],
    ['names of the object prototype', '__proto__=1&constructor=2&toString[]=3', { __proto__: undefined }],
  ])('%s', (_why, text, expected) => {
    const parameters = parse(text);
    for (const [name, value] of Object.entries(expected)) expect(parameters.raw(name)).toEqual(value);
    if (!text.includes('__proto__')) expect(parameters.names()).toEqual(Object.keys(expected));
  });

  it('cannot reach a prototype', () => {
    const parameters = parse('__proto__[x]=1&__proto__=2&constructor=3');
    expect(parameters.text('__proto__')).toBe('2');
    expect(parameters.text('constructor')).toBe('3');
    expect(parameters.text('toString')).toBeNull();
    expect(parameters.has('hasOwnProperty')).toBe(false);
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  it('lets the first source win and joins lists (spec/admin-api §6.1)', () => {
    const parameters = parse('a=1&b=2&c[]=w', 'b=3&c[]=x&c[]=y');
    expect(parameters.text('a')).toBe('1');
    expect(parameters.text('b')).toBe('2');
    expect(parameters.list('c')).toEqual(['w', 'x', 'y']);
  });

  it('reads thousands of pairs without growing slower by their square', () => {
    const parameters = parse('a[]=1&b&'.repeat(8000));
    expect(parameters.list('a')).toHaveLength(8000);
  });
});

describe('Parameters', () => {
  const json = fromJson(
    '{"text":"x","number":3,"float":1.5,"yes":true,"no":false,"nothing":null,"list":["A",2,null],"empty":[],"object":{"a":1}}',
  );

  it.each<[name: string, text: string | null, list: string[]]>([
    ['text', 'x', ['x']],
    ['number', '3', ['3']],
    ['float', '1.5', ['1.5']],
    ['yes', 'true', ['true']],
    ['no', 'false', ['false']],
    ['nothing', null, []],
    ['list', 'A', ['A', '2']],
    ['empty', null, []],
    ['object', '{"a":1}', ['{"a":1}']],
    ['absent', null, []],
  ])('gives %s as text and as list', (name, text, list) => {
    expect(json.text(name)).toBe(text);
    expect(json.list(name)).toEqual(list);
  });

  it('keeps JSON types for those who want them', () => {
    expect(json.raw('number')).toBe(3);
    expect(json.raw('nothing')).toBeNull();
    expect(json.has('nothing')).toBe(true);
    expect(json.has('absent')).toBe(false);
  });

  it('lower-cases names and drops the session on request', () => {
    const parameters = parse('MaxFailCount=5&SESSION=abc&maxfailcount=7&pin=1').lowerCased();
    expect(parameters.names()).toEqual(['maxfailcount', 'pin']);
    expect(parameters.text('maxfailcount')).toBe('5');
  });
});
