import { createSecretKey, type KeyObject } from 'node:crypto';

import { LOCAL_RESOLVER } from '../../../test/support/domain/administrators-in-memory.js';
import { type AdminClaims, newClaims, parseClaims } from './admin-claims.js';
import { jwtService } from './session-tokens.js';

// spec/admin-api §6.5
const KEY = createSecretKey(
  Buffer.from('55ab718ae1eac33f1c0a0d6bfcf272f6efe5c7b3a8cdd834485cf5bc86c024ff', 'hex'),
);
const SIGNATURE = 'CiQo0w9YEyCU0Lhup602-LflLFiGKRRUjrx5QcboM4o';
const CLAIMS: AdminClaims = {
  fresh: false,
  iat: 1795359108,
  jti: '11111111-2222-4333-8444-555555555555',
  type: 'access',
  sub: {
    username: 'admin',
    realm: 'linotp_admins',
    resolver: 'useridresolver.SQLIdResolver.IdResolver.LinOTP_local_admins',
  },
  nbf: 1795359108,
  csrf: '66666666-7777-4888-9999-aaaaaaaaaaaa',
  exp: 1795360908,
};

describe('the claims of a session', () => {
  const administrator = {
    username: 'admin',
    realm: 'linotp_admins',
    resolver: LOCAL_RESOLVER,
    authenticatedAt: new Date(1795359108_700),
    issuedAt: new Date(1795359108_000),
  };

  it('are signed as LinOTP signs them', () => {
    const claims = newClaims(administrator, 1800);
    const fixed = { ...claims, jti: CLAIMS.jti, csrf: CLAIMS.csrf };
    const key = { key: (): KeyObject => KEY };
    expect(jwtService(key).sign(fixed).split('.')[2]).toBe(SIGNATURE);
  });

  it('hold identifiers of their own each time', () => {
    const [one, other] = [newClaims(administrator, 1800), newClaims(administrator, 1800)];
    expect(new Set([one.jti, one.csrf, other.jti, other.csrf]).size).toBe(4);
  });

  it('are good from now on, also when they are dated after a change of the account', () => {
    const claims = newClaims({ ...administrator, issuedAt: new Date(1795359110_000) }, 1800);
    expect(claims).toMatchObject({ iat: 1795359110, nbf: 1795359108, exp: 1795360910 });
  });

  it('are read back', () => {
    expect(parseClaims(JSON.parse(JSON.stringify(CLAIMS)))).toEqual(CLAIMS);
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['text', 'admin'],
    ['a refresh token', { ...CLAIMS, type: 'refresh' }],
    ['a token without a type', { ...CLAIMS, type: undefined }],
    ['a subject that is text', { ...CLAIMS, sub: 'admin' }],
    ['a subject without a resolver', { ...CLAIMS, sub: { username: 'admin', realm: 'linotp_admins' } }],
    ['a name that is no text', { ...CLAIMS, sub: { ...CLAIMS.sub, username: ['admin'] } }],
    ['an id that is none', { ...CLAIMS, jti: "1' OR '1" }],
    ['no end', { ...CLAIMS, exp: undefined }],
    ['an end as text', { ...CLAIMS, exp: '1795360908' }],
    ['no CSRF token', { ...CLAIMS, csrf: undefined }],
    ['an empty CSRF token', { ...CLAIMS, csrf: '' }],
  ])('are not %s', (_case, payload) => {
    expect(parseClaims(payload)).toBeNull();
  });
});
