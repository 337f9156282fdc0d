import { filledIn } from './rest-payload.js';

const fill = (payload: object, path: string) =>
  filledIn(payload as never, 'SMS_PHONENUMBER_KEY', path, '<phone>', '+49"1');

describe('a payload', () => {
  it.each<[object, string, object]>([
    [{}, 'to', { to: '+49"1' }],
    [{ to: 'x' }, 'to', { to: '+49"1' }],
    [{ to: 'tel:<phone>;<phone>' }, 'to', { to: 'tel:+49"1;+49"1' }],
    [{ to: ['<phone>', 'b', 3] }, 'to', { to: ['+49"1', 'b', 3] }],
    [{ to: ['a'] }, 'to', { to: ['+49"1'] }],
    [{ a: 1 }, 'recipients[0].msisdn', { a: 1, recipients: [{ msisdn: '+49"1' }] }],
    [{ list: [{ n: 0 }, { n: '<phone>' }] }, 'list[1].n', { list: [{ n: 0 }, { n: '+49"1' }] }],
    [{ a: { b: [[]] } }, 'a.b[0][0]', { a: { b: [['+49"1']] } }],
    [{ to: null }, 'to', { to: '+49"1' }],
  ])('%j gets a value at %s', (payload, path, filled) => {
    const before = structuredClone(payload);
    expect(fill(payload, path)).toEqual(filled);
    expect(payload).toEqual(before);
  });

  it.each([
    '',
    '.',
    'a..b',
    'a[',
    'a[x]',
    '[1]',
    'a[5]',
    '__proto__.x',
    'a.constructor',
    'text.more',
    'x[0]',
  ])('has no place %s', (path) => {
    expect(() => fill({ a: [], text: 'x', x: {} }, path)).toThrow('SMS_PHONENUMBER_KEY');
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  it('takes a value literally', () => {
    expect(filledIn({ t: '<message>' }, 'SMS_TEXT_KEY', 't', '<message>', "$& $1 $'")).toEqual({
      t: "$& $1 $'",
    });
  });
});
