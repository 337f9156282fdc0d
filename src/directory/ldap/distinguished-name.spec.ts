import { isBelow, parseDn } from './distinguished-name.js';

const partsOf = (text: string) => parseDn(text)?.parts;

describe('parseDn', () => {
  it.each([
    ['uid=anna,ou=people,dc=x', 'UID=Anna, OU=People,DC=X'],
    ['cn=Anna  Berg,dc=x', 'cn=anna berg,dc=x'],
    [String.raw`cn=Berg\, Anna,dc=x`, String.raw`cn=Berg\2C Anna,dc=x`],
    [String.raw`cn=J\C3\BCrgen,dc=x`, 'cn=Jürgen,dc=x'],
    ['cn=a+uid=b,dc=x', 'uid=b+cn=a,dc=x'],
    ['cn=a ,dc=x', 'cn=a;dc=x'],
  ])('%s is %s', (one, other) => {
    expect(partsOf(one)).toEqual(partsOf(other));
    expect(partsOf(one)).toBeDefined();
  });

  it.each([
    ['uid=anna,dc=x', 'uid=anne,dc=x'],
    ['uid=anna,dc=x', 'cn=anna,dc=x'],
    ['uid=anna,dc=x', 'uid=anna,ou=y,dc=x'],
    [String.raw`cn=a\,b=c`, 'cn=a,b=c'],
    ['cn=a+uid=b,dc=x', 'cn=a,uid=b,dc=x'],
  ])('%s is not %s', (one, other) => {
    expect(partsOf(one)).not.toEqual(partsOf(other));
  });

  it('gives the value that an entry of that name has', () => {
    expect(parseDn(String.raw`cn=Berg\, J\C3\BCrgen\ ,dc=x`)?.first).toEqual({
      attribute: 'cn',
      value: Buffer.from('Berg, Jürgen '),
    });
  });

  it.each(['', 'anna', 'uid=', '=x', 'uid=#0401', 'uid=a,,dc=x', 'a b=c', 'cn=a\\'])('%j is none', (text) => {
    expect(parseDn(text)).toBeNull();
  });
});

it.each([
  ['uid=anna,ou=people,dc=x', 'OU=people, dc=x', true],
  ['dc=x', 'dc=x', true],
  ['dc=x', 'ou=people,dc=x', false],
  ['uid=anna,ou=other,dc=x', 'ou=people,dc=x', false],
])('%s lies below %s: %s', (text, base, expected) => {
  const [name, place] = [parseDn(text), parseDn(base)];
  expect(name && place && isBelow(name, place)).toBe(expected);
});
