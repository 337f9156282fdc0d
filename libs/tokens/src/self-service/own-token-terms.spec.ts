import { parseSerial } from '../token.js';
import { UnknownToken } from '../token.errors.js';
import { FreeTokenTerms, OwnTokenTerms } from './own-token-terms.js';
import { ForeignToken, TokenAssigned, TokenOfOtherRealm } from './self-service.errors.js';

const REFERENCE = { resolver: 'first', userId: '1' };
const ANNA = { realm: 'staff', references: [REFERENCE, { resolver: 'second', userId: 'anna' }] };
const SERIAL = parseSerial('OATH1');
const ownerOf = (resolver: string, userId: string) => ({ resolver, userId, resolverType: 'passwd' });

describe('an own token', () => {
  const terms = new OwnTokenTerms(ANNA);
  const demand = (resolver: string, userId: string, realms: readonly string[] = ['staff']) =>
    terms.demand({ serial: SERIAL, realms, owner: ownerOf(resolver, userId) });

  it('belongs to the user in any of the resolvers that know them, whatever realms it is in', () => {
    expect(() => demand('first', '1')).not.toThrow();
    expect(() => demand('second', 'anna')).not.toThrow();
    expect(() => demand('first', '1', [])).not.toThrow();
    expect(() => demand('first', '1', ['lab'])).not.toThrow();
    expect(() =>
      terms.demandInEach({ serial: SERIAL, realms: [], owner: ownerOf('first', '1') }),
    ).not.toThrow();
  });

  it.each([
    ['first', '2'],
    ['third', '1'],
    // One resolver’s id is nobody in another.
    ['second', '1'],
    ['first', 'anna'],
    ['', ''],
  ])('is none of user %s/%s', (resolver, userId) => {
    const foreign = { serial: SERIAL, realms: ['staff'], owner: ownerOf(resolver, userId) };
    expect(() => terms.demand(foreign)).toThrow(ForeignToken);
    expect(() => terms.demandInEach(foreign)).toThrow(ForeignToken);
  });

  it('is not one that nobody has', () => {
    expect(() => terms.demand({ serial: SERIAL, realms: ['staff'], owner: null })).toThrow(ForeignToken);
    const nobody = new OwnTokenTerms({ references: [] });
    expect(() => nobody.demand({ serial: SERIAL, realms: [], owner: null })).toThrow(ForeignToken);
  });
});

describe('a token that a user may take', () => {
  const terms = new FreeTokenTerms(ANNA);
  const other = ownerOf('first', '2');

  it.each<
    [
      realms: readonly string[],
      owner: typeof other | null,
      error: typeof TokenAssigned | typeof TokenOfOtherRealm | null,
    ]
  >([
    [['staff'], null, null],
    [['lab', 'staff'], null, null],
    [[], null, null],
    [['lab'], null, TokenOfOtherRealm],
    [['lab'], other, TokenOfOtherRealm],
    [['staff'], other, TokenAssigned],
    [[], other, TokenAssigned],
    [['staff'], ownerOf('first', '1'), TokenAssigned],
  ])('in %j of %j: %p', (realms, owner, error) => {
    const demand = () => terms.demand({ serial: SERIAL, realms, owner });
    if (error) expect(demand).toThrow(error);
    else expect(demand).not.toThrow();
  });
});

it.each([new OwnTokenTerms(ANNA), new FreeTokenTerms(ANNA)])('%p knows no patterns', (terms) => {
  for (const serial of ['*', 'OA*', '*1', 'O*1']) {
    expect(() => terms.demandAnywhere(serial)).toThrow(UnknownToken);
  }
  expect(() => terms.demandAnywhere('OATH1')).not.toThrow();
});
