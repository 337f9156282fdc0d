import { BerReader, BerWriter, FilterParser } from 'ldapts';

import { EncodedFilter } from './encoded-filter.js';
import type { FilledFilter } from './filter.js';
import { parseLdapSettings } from './ldap-settings.js';
import { lookupById, lookupByLogin, nowText, searchFilter } from './user-filters.js';

const NOW = new Date('2026-11-22T14:54:38.775Z');
const GUID = '00ff28295c2a0d0aefbbbf80c3287f01';

const settings = (parameters: Readonly<Record<string, string>> = {}) =>
  parseLdapSettings({
    parameters: {
      LDAPURI: 'ldap://host',
      LDAPBASE: 'dc=x',
      LOGINNAMEATTRIBUTE: 'uid',
      LDAPFILTER: '(&(uid=%s)(class=person))',
      LDAPSEARCHFILTER: '(class=person)',
      USERINFO: '{"username": "uid", "givenname": "given", "userid": "number"}',
      ...parameters,
    },
    secrets: {},
  });

/** What is sent, read by somebody else. */
function sent(filter: FilledFilter): string {
  const writer = new BerWriter();
  new EncodedFilter(filter).write(writer);
  return FilterParser.parse(new BerReader(writer.buffer)).toString();
}

describe('the filter of a login', () => {
  it.each([
    ['anna', '(&(uid=anna)(class=person))'],
    ['*', String.raw`(&(uid=\2a)(class=person))`],
    ['x)(uid=*', String.raw`(&(uid=x\29\28uid=\2a)(class=person))`],
    ['back\\slash', String.raw`(&(uid=back\5cslash)(class=person))`],
    ['nul\0', String.raw`(&(uid=nul\00)(class=person))`],
    ['jörg', '(&(uid=jörg)(class=person))'],
  ])('%j', (login, text) => {
    expect(lookupByLogin(settings(), login, NOW)).toMatchObject({ base: 'dc=x', scope: 'sub' });
    expect(sent(lookupByLogin(settings(), login, NOW).filter)).toBe(text);
  });
});

describe('the lookup of a user id', () => {
  it('is the entry itself for a DN', () => {
    expect(lookupById(settings(), 'uid=a,dc=x')).toMatchObject({ base: 'uid=a,dc=x', scope: 'base' });
    expect(lookupById(settings(), '')).toBeNull();
  });

  it('is Active Directory’s name of an entry for an objectGUID', () => {
    const byGuid = settings({ UIDTYPE: 'objectGUID' });
    expect(lookupById(byGuid, GUID)).toMatchObject({ base: `<guid=${GUID}>`, scope: 'base' });
    expect(lookupById(byGuid, GUID.toUpperCase())).toMatchObject({ base: `<guid=${GUID}>` });
    expect(lookupById(byGuid, 'x>,dc=x')).toBeNull();
  });

  it('is its bytes behind a proxy', () => {
    const lookup = lookupById(settings({ UIDTYPE: 'objectGUID', PROXY: 'True' }), GUID);
    expect(lookup).toMatchObject({
      base: 'dc=x',
      scope: 'sub',
      filter: { attribute: 'objectGUID', value: Buffer.from(GUID, 'hex') },
    });
  });

  it('is a value, and no pattern, for an attribute', () => {
    const lookup = lookupById(settings({ UIDTYPE: 'number' }), '*)(uid=*');
    expect(lookup && sent(lookup.filter)).toBe(String.raw`(number=\2a\29\28uid=\2a)`);
  });
});

describe('the filter of a search', () => {
  it.each<[Record<string, string>, string | null, string]>([
    [{}, null, '(class=person)'],
    [{ username: 'an*' }, null, '(&(class=person)(uid=an*))'],
    [{ USERNAME: 'a', givenName: 'b' }, null, '(&(class=person)(uid=a)(given=b))'],
    [{ username: 'x)(y' }, null, String.raw`(&(class=person)(uid=x\29\28y))`],
    [{ shoesize: '43' }, null, '(class=person)'],
    // Nothing but UIDTYPE says what a user id is.
    [{ userid: '7' }, null, '(class=person)'],
    [{}, 'a*', '(&(class=person)(|(uid=a*)(given=a*)))'],
    [{ username: 'a' }, 'b', '(&(class=person)(uid=a)(|(uid=b)(given=b)))'],
  ])('by %j and %j', (fields, anyField, text) => {
    expect(sent(searchFilter(settings(), { fields, anyField }, NOW))).toBe(text);
  });

  it('by user id, where that is an attribute', () => {
    const filter = searchFilter(
      settings({ UIDTYPE: 'uuid' }),
      { fields: { userid: '7*' }, anyField: null },
      NOW,
    );
    expect(sent(filter)).toBe('(&(class=person)(uuid=7*))');
  });

  it('with the time', () => {
    const LDAPSEARCHFILTER = '(expires>=%(now)s)';
    const none = { fields: {}, anyField: null };
    expect(sent(searchFilter(settings({ LDAPSEARCHFILTER }), none, NOW))).toBe('(expires>=1795359278)');
  });
});

it.each([
  [false, '1795359278'],
  // Of an independent conversion: (unix time · 10⁷) + 116444736000000000, with the milliseconds.
  [true, '134398328787750000'],
])('tells the time, as Active Directory: %s', (countsTimeAsAd, text) => {
  expect(nowText({ countsTimeAsAd }, NOW)).toBe(text);
});
