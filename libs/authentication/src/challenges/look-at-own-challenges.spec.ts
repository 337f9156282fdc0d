import { ANNAS_OWNER, NOW, annas } from '../../../../test/support/domain/login-decisions.js';
import { type Challenge, asMade } from './challenge.js';
import { ownChallenges } from './look-at-own-challenges.js';

const ROOT = '55500000000000000';
const BERND = { resolver: 'first', userId: '2', resolverType: 'passwd' };
const anna = { references: [ANNAS_OWNER] };
const token = annas({ id: 1, serial: 'HOTP' });

function asked(changes: Partial<Challenge> = {}): Challenge {
  const limit = { most: 5, since: NOW };
  const made = {
    root: ROOT,
    place: 0,
    message: '',
    realm: 'staff',
    seconds: 120,
    madeAt: NOW,
    limit,
    counter: null,
  };
  return { ...asMade(made, token), ...changes };
}

describe('one’s own challenges', () => {
  it.each<[string, Partial<Challenge>, Parameters<typeof annas>[0], object[]]>([
    ['open', {}, {}, [{ isExpired: false }]],
    ['answered', { isOpen: false, isValid: true }, {}, [{ isExpired: false }]],
    ['expired', { expiresAt: NOW }, {}, [{ isExpired: true }]],
    // A token that is yet to be activated is none that is active.
    ['of an inactive token', {}, { active: false }, [{ isExpired: false }]],
    ['whose message is on its way', { isUnsent: true, isOpen: false }, {}, []],
    ['of a token that somebody else has now', {}, { owner: BERND }, []],
    ['that somebody else was asked', { owner: BERND }, {}, []],
    ['of a token that nobody has', { owner: null }, { owner: null }, []],
    ['of a token that is gone', { tokenId: 7 }, {}, []],
    ['at another place', { place: 2 }, {}, []],
  ])('%s', (_title, challenge, changes, expected) => {
    const snapshot = {
      challenges: [asked(challenge)],
      tokens: [annas({ id: 1, serial: 'HOTP', ...changes })],
      now: NOW,
    };
    expect(ownChallenges(snapshot, challenge.place === 2 ? 1 : 0, anna)).toMatchObject(expected);
    expect(ownChallenges(snapshot, 0, { references: [] })).toEqual([]);
  });

  it('of a transaction are all of them', () => {
    const challenges = [asked({ place: 1 }), asked({ place: 2 })];
    const snapshot = { challenges, tokens: [token], now: NOW };
    expect(ownChallenges(snapshot, null, anna)).toHaveLength(2);
    expect(ownChallenges(snapshot, 2, anna)).toHaveLength(1);
  });
});
