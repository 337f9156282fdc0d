import { settingsOf } from '@app/realms';

import { PredictableRandom, givenHotpToken } from '../../../../test/support/domain/given-token.js';
import type { Token, TokenInfo } from '../token.js';
import { changedInfo } from '../token.js';
import { askForKey, askedKey, demandUnregistered } from './ask-for-key.js';
import type { RegistrationTerms } from './registration-policies.js';

const NOW = new Date('2026-01-02T03:04:05Z');
const TERMS: RegistrationTerms = {
  rpId: 'example.com',
  rpName: 'The Bank',
  conveyance: 'direct',
  userVerification: 'preferred',
  residentKey: 'preferred',
  authenticatorTypes: [],
};
const ANNA = { name: 'anna', displayName: 'Anna Ash' };
const given = { random: new PredictableRandom(), now: NOW, settings: settingsOf(new Map()) };

interface Request {
  readonly user: Readonly<Record<'id' | 'name' | 'displayName', string>>;
  readonly challenge: string;
  readonly authenticatorSelection: Readonly<Record<string, unknown>>;
  readonly hints?: readonly string[];
  readonly excludeCredentials: readonly { readonly id: string }[];
}

function asked(terms: Partial<RegistrationTerms> = {}, user = ANNA, others: readonly Token[] = []) {
  const { request, info } = askForKey({ ...TERMS, ...terms }, user, others, given);
  return { request: request as Request, info: changedInfo({}, info) };
}
const keyToken = (info: TokenInfo) => ({ ...givenHotpToken(), type: 'fido2' as const, info });

describe('a question for a new key', () => {
  it.each([
    [[], undefined],
    [['client-device'], 'platform'],
    [['security-key'], 'cross-platform'],
    [['hybrid', 'security-key'], 'cross-platform'],
    [['security-key', 'client-device'], undefined],
  ])('for authenticators of the types %j is for those attached as %s', (authenticatorTypes, attachment) => {
    const { request } = asked({ authenticatorTypes });
    expect(request.authenticatorSelection['authenticatorAttachment']).toBe(attachment);
    expect(request.hints ?? []).toEqual(authenticatorTypes);
  });

  it('names the user within what authenticators keep, and cuts no character', () => {
    const { request } = asked({}, { name: 'ß'.repeat(40), displayName: `x${'😀'.repeat(20)}` });
    expect(request.user).toMatchObject({ name: 'ß'.repeat(32), displayName: `x${'😀'.repeat(15)}` });
  });

  it('is another one each time, of a user who is another one for each relying party', () => {
    const [one, other] = [asked().request, asked().request];
    expect(one.challenge).not.toBe(other.challenge);
    expect(one.user.id).not.toBe(other.user.id);
  });

  it('knows the user’s other keys, and those that are yet to come', () => {
    const credential = { credential_id: 'a2V5', public_key: 'AA', rp_id: 'example.com' };
    const others = [
      keyToken({ phase: 'registration', user_handle: 'aGFuZGxl' }),
      keyToken({ phase: 'authentication', fido2_credential: JSON.stringify(credential) }),
      keyToken({ phase: 'authentication', fido2_credential: '{' }),
    ];
    const { request } = asked({}, ANNA, others);
    expect(request.user.id).toBe('aGFuZGxl');
    expect(request.excludeCredentials).toEqual([{ type: 'public-key', id: 'a2V5' }]);
  });
});

describe('what the token remembers of it', () => {
  it('is what is to be answered, and until when', () => {
    const { request, info } = asked({ userVerification: 'discouraged', residentKey: 'required' });
    expect(askedKey({ info })).toEqual({
      challenge: request.challenge,
      userVerification: 'discouraged',
      residentKey: 'required',
      rpId: 'example.com',
      until: new Date('2026-01-02T03:06:05Z'),
    });
    expect(() => demandUnregistered({ info })).not.toThrow();
  });

  it.each<TokenInfo>([
    {},
    { phase: 'authentication' },
    { phase: 'registration', rp_id: 'example.com' },
    { phase: 'registration', rp_id: 'example.com', registration_challenge: '{' },
    { phase: 'registration', registration_challenge: '{"challenge":"AA"}' },
  ])('is nothing to be answered, as %j', (info) => {
    expect(() => askedKey({ info })).toThrow('token is not in registration state');
  });

  it('asks for verification where it cannot be read', () => {
    const { info } = asked();
    const registration_challenge = JSON.stringify({ challenge: 'AA', user_verification: 'x' });
    expect(askedKey({ info: { ...info, registration_challenge } }).userVerification).toBe('required');
  });

  it('is over without a time', () => {
    const { registration_until: _, ...info } = asked().info;
    expect(askedKey({ info }).until.getTime()).toBe(0);
  });
});
