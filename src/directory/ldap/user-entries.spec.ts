import type { LdapSettings } from './ldap-settings.js';
import { guidBytes, userOf, wantedAttributes } from './user-entries.js';

const GUID = Buffer.from('00ff28295c2a0d0aefbbbf80c3287f01', 'hex');
const DN = 'uid=anna,dc=example,dc=test';
const BY_DN = { kind: 'dn' } as const;
const BY_GUID = { kind: 'guid', attribute: 'objectGUID', lookup: 'by base' } as const;

const mapping = (
  fields: Readonly<Record<string, string>>,
  userId: LdapSettings['userId'] = BY_DN,
): Pick<LdapSettings, 'fields' | 'userId'> => ({ fields: new Map(Object.entries(fields)), userId });

describe('userOf', () => {
  it('takes the first value of each attribute, whatever its case', () => {
    const fields = { username: 'uid', givenname: 'GIVENNAME', Surname: 'sn', phone: 'telephoneNumber' };
    const entry = {
      dn: DN,
      UID: ['anna', 'aarndt'],
      givenName: 'Anna',
      sn: [],
      mail: 'unasked@example.test',
    };
    expect(userOf(entry, mapping(fields))).toEqual({
      dn: DN,
      record: {
        userId: DN,
        username: 'anna',
        description: '',
        email: '',
        givenName: 'Anna',
        surname: '',
        phone: '',
        mobile: '',
      },
    });
  });

  it('keeps further fields under their own names, and never takes one for the user id', () => {
    const user = userOf(
      { dn: DN, title: 'Dr.', objectGUID: GUID, n: '7' },
      mapping({ title: 'title', guid: 'objectguid', userid: 'n', missing: 'x' }),
    );
    expect(user?.record).toMatchObject({
      userId: DN,
      attributes: { title: 'Dr.', guid: GUID.toString('hex'), missing: '' },
    });
    expect(user?.record.attributes).not.toHaveProperty('userid');
  });

  it.each<[string, LdapSettings['userId'], Record<string, string | Buffer | Buffer[]>, string | null]>([
    ['objectGUID, in the order of the bytes', BY_GUID, { objectGUID: GUID }, GUID.toString('hex')],
    ['the first objectGUID', BY_GUID, { objectguid: [GUID] }, GUID.toString('hex')],
    ['no objectGUID', BY_GUID, {}, null],
    ['half an objectGUID', BY_GUID, { objectGUID: GUID.subarray(8) }, null],
    ['an attribute', { kind: 'attribute', attribute: 'employeeNumber' }, { EMPLOYEENUMBER: '4711' }, '4711'],
    ['no attribute', { kind: 'attribute', attribute: 'employeeNumber' }, { uid: 'anna' }, null],
  ])('knows a user by %s', (_title, userId, attributes, id) => {
    const user = userOf({ dn: DN, ...attributes }, mapping({ username: 'uid' }, userId));
    expect(user?.record.userId ?? null).toBe(id);
  });

  it('asks for what it reads', () => {
    expect(wantedAttributes(mapping({ username: 'uid', login: 'uid', email: 'mail' }))).toEqual([
      'uid',
      'mail',
    ]);
    expect(wantedAttributes(mapping({ username: 'uid' }, BY_GUID))).toEqual(['uid', 'objectGUID']);
  });
});

describe('guidBytes', () => {
  it.each([
    [GUID.toString('hex'), true],
    [GUID.toString('hex').toUpperCase(), true],
    [GUID.toString('hex').slice(2), false],
    ['0029ff28-2a5c-0a0d-efbb-bf80c3287f01', false],
    [`${GUID.toString('hex')}>`, false],
    ['', false],
  ])('of %j', (text, isOne) => {
    expect(guidBytes(text)?.equals(GUID) ?? false).toBe(isOne);
  });
});
