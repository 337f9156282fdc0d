import { NO_POLICIES, RealmRights } from '@app/policies';
import type { ConfigurationSnapshot } from '@app/realms';

import { givenHotpToken } from '../../../../test/support/domain/given-token.js';
import { TokensInMemory } from '../../../../test/support/domain/tokens-in-memory.js';
import { EnrolmentDenied, TokenDenied, UnknownToken } from '../token.errors.js';
import { RemoveTokens } from './remove-tokens.js';
import { SwitchTokens } from './switch-tokens.js';
import { EnrolmentRights, TokenRights } from './token-rights.js';

const CONTEXT = { action: 'admin/any', client: '192.0.2.1', administrator: 'admin', user: '', realm: '' };
const OWNER = { resolver: 'first', resolverType: 'passwd', userId: '1' };
const STAFF = RealmRights.of(['staff']);
const HANS = { references: [{ resolver: 'first', userId: '1' }], realm: 'staff' };
// Nothing is asked of it where tokens are disabled.
const CONFIGURATION = { policies: NO_POLICIES } as Pick<
  ConfigurationSnapshot,
  'policies'
> as ConfigurationSnapshot;

function given() {
  const store = new TokensInMemory([
    givenHotpToken({ serial: 'MINE', owner: OWNER, realms: ['staff'] }),
    givenHotpToken({ serial: 'SHARED', realms: ['staff', 'ext'] }),
    givenHotpToken({ serial: 'THEIRS', realms: ['ext'] }),
    givenHotpToken({ serial: 'FREE', owner: OWNER }),
  ]);
  const disable = (serial: string | null, owner: typeof HANS | null, realms = STAFF) =>
    new SwitchTokens(store).execute(
      { serial, owner },
      false,
      CONFIGURATION,
      TokenRights.to('disable', realms),
      CONTEXT,
    );
  const remove = (serials: string[], owner: typeof HANS | null = null) =>
    new RemoveTokens(store).execute(serials, owner, CONFIGURATION, TokenRights.to('remove', STAFF), CONTEXT);
  const states = () => store.tokens.map(({ serial, active }) => `${serial}${active ? '' : ' off'}`).join();
  return { store, disable, remove, states };
}

describe('a change of tokens', () => {
  it('is made of tokens that are in one of the realms', async () => {
    const { disable, states } = given();
    await disable('MINE', null);
    await disable('SHARED', null);
    expect(states()).toBe('MINE off,SHARED off,THEIRS,FREE');
  });

  it.each(['THEIRS', 'FREE'])('is refused for %s, and not recorded as done', async (serial) => {
    const { disable, store, states } = given();
    await expect(disable(serial, null)).rejects.toThrow(TokenDenied);
    expect([states(), store.recorded]).toEqual(['MINE,SHARED,THEIRS,FREE', []]);
  });

  it('is made of what a user of the realms owns, in no realm, too', async () => {
    const { disable, states } = given();
    await disable(null, HANS);
    expect(states()).toBe('MINE off,SHARED,THEIRS,FREE off');
    await expect(disable(null, { ...HANS, realm: 'ext' })).rejects.toThrow(TokenDenied);
  });

  it('tells a serial that there is not only those who may see all', async () => {
    const { disable } = given();
    await expect(disable('NOSUCH', null)).rejects.toThrow(UnknownToken);
    await expect(disable('NOSUCH', null, RealmRights.NONE)).rejects.toThrow(TokenDenied);
    await expect(disable('NOSUCH', null, RealmRights.ALL)).resolves.toBe(0);
  });
});

describe('removing tokens', () => {
  it('needs each of their realms', async () => {
    const { remove, states } = given();
    await expect(remove(['MINE', 'SHARED'])).rejects.toThrow(TokenDenied);
    expect(states()).toBe('MINE,SHARED,THEIRS,FREE');
    await expect(remove(['MINE'])).resolves.toBe(1);
  });

  it('removes what a user of the realms owns, in no realm, too', async () => {
    const { remove, states } = given();
    await expect(remove([], HANS)).resolves.toBe(2);
    expect(states()).toBe('SHARED,THEIRS');
  });
});

describe('TokenRights', () => {
  it('are all needed where there are several', () => {
    const both = TokenRights.to('set', STAFF).and(TokenRights.to('setOTPPIN', RealmRights.of(['ext'])));
    expect(() => both.demandForUser('staff')).toThrow(new TokenDenied('setOTPPIN', null));
    expect(() => both.demandForUser('ext')).toThrow(new TokenDenied('set', null));
    expect(both.areRestricted).toBe(true);
    expect(TokenRights.ALL.areRestricted).toBe(false);
  });
});

describe('EnrolmentRights', () => {
  const NEW = { type: 'hotp', serial: null } as const;
  const rights = new EnrolmentRights(STAFF, RealmRights.of(['ext']));
  const denial = (act: () => void) => {
    try {
      act();
    } catch (error) {
      if (error instanceof EnrolmentDenied) return error.denial;
      throw error;
    }
    return null;
  };

  it.each<[string, () => void, object | null]>([
    ['their own users', () => rights.demandForOwner(NEW, { login: 'hans', realm: 'Staff' }), null],
    [
      'users of other realms',
      () => rights.demandForOwner(NEW, { login: 'eve', realm: 'ext' }),
      { kind: 'owner', login: 'eve', realm: 'ext' },
    ],
    ['realms that they manage', () => rights.demandForRealms(NEW, ['staff', 'ext']), null],
    ['other realms', () => rights.demandForRealms(NEW, ['x']), { kind: 'realm', realm: 'x' }],
    [
      'nobody, without a realm',
      () => new EnrolmentRights(RealmRights.NONE, RealmRights.ALL).demandForRealms(NEW, []),
      { kind: 'nowhere' },
    ],
    ['a token of theirs', () => rights.demandAnew(NEW, { realms: ['staff'] }), null],
    [
      'a token that others have, too',
      () => rights.demandAnew(NEW, { realms: ['ext', 'staff'] }),
      { kind: 'existing' },
    ],
    ['a token of others', () => rights.demandAnew(NEW, { realms: ['ext'] }), { kind: 'existing' }],
    ['a token of no realm', () => rights.demandAnew(NEW, { realms: [] }), { kind: 'existing' }],
  ])('decide over enrolments for %s', (_title, act, expected) => {
    expect(denial(act)).toEqual(expected);
  });

  it('know where a token without owner belongs', () => {
    expect([rights.ownRealms, EnrolmentRights.ALL.ownRealms]).toEqual([['staff'], null]);
  });
});
