import { createHmac, generateKeyPairSync } from 'node:crypto';

import type { Request, Response } from 'express';

import { LOCAL_RESOLVER, START } from '../../../test/support/domain/administrators-in-memory.js';
import { FixedKey } from '../../../test/support/application/given-sessions.js';
import { type AdminClaims, newClaims } from './admin-claims.js';
import { AdminJwtStrategy } from './admin-jwt.strategy.js';

const KEY = Buffer.alloc(32, 1);

const CLAIMS = newClaims(
  {
    username: 'admin',
    realm: 'linotp_admins',
    resolver: LOCAL_RESOLVER,
    authenticatedAt: START,
    issuedAt: START,
  },
  1800,
);

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signed(
  header: object,
  payload: object = CLAIMS,
  { key = KEY as Buffer | string, hash = 'sha256' } = {},
): string {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${createHmac(hash, key).update(text).digest('base64url')}`;
}

const HS256 = { alg: 'HS256', typ: 'JWT' };

describe('the JWT of an administrator', () => {
  const strategy = new AdminJwtStrategy(new FixedKey(KEY));
  const verify = (token: string, by = strategy) => {
    const request = { headers: { cookie: `access_token_cookie=${token}` } } as Request;
    return by.verify(request, {} as Response);
  };

  it('is valid with our signature', async () => {
    await expect(verify(signed(HS256))).resolves.toEqual({ kind: 'valid', claims: CLAIMS });
  });

  it('has its times decided by others', async () => {
    const longAgo: AdminClaims = { ...CLAIMS, iat: 1, nbf: 1, exp: 2 };
    await expect(verify(signed(HS256, longAgo))).resolves.toMatchObject({ kind: 'valid' });
    const ahead: AdminClaims = { ...CLAIMS, nbf: 9e9, exp: 9e9 };
    await expect(verify(signed(HS256, ahead))).resolves.toMatchObject({ kind: 'valid' });
  });

  const [, , signature = ''] = signed(HS256).split('.');
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

  it.each<[string, string]>([
    ['without an algorithm', `${encode({ alg: 'none', typ: 'JWT' })}.${encode(CLAIMS)}.`],
    ['without an algorithm, and signed', signed({ alg: 'none', typ: 'JWT' })],
    ['of the same family', signed({ alg: 'HS512', typ: 'JWT' }, CLAIMS, { hash: 'sha512' })],
    ['of another family', signed({ alg: 'RS256', typ: 'JWT' })],
    ['without a header', `.${encode(CLAIMS)}.${signature}`],
    ['with another key', signed(HS256, CLAIMS, { key: Buffer.alloc(32, 2) })],
    [
      'with a public key as secret',
      signed(HS256, CLAIMS, { key: publicKey.export({ format: 'pem', type: 'spki' }) }),
    ],
    [
      'with another payload',
      `${encode(HS256)}.${encode({ ...CLAIMS, sub: { ...CLAIMS.sub, username: 'eve' } })}.${signature}`,
    ],
    ['of another type', signed(HS256, { ...CLAIMS, type: 'refresh' })],
    ['with text for a payload', signed(HS256, ['admin'])],
    ['cut off', signed(HS256).slice(0, -1)],
    ['that is none', 'x'],
  ])('is refused %s', async (_case, token) => {
    await expect(verify(token)).resolves.toMatchObject({ kind: 'refused' });
  });

  it('tells the log nothing of what was in it', async () => {
    const verdict = await verify(signed(HS256, CLAIMS, { key: Buffer.alloc(32, 2) }));
    expect(JSON.stringify(verdict)).not.toContain('admin');
  });

  it('is checked with the key of the application that it was sent to, of two in one process', async () => {
    const other = new AdminJwtStrategy(new FixedKey(Buffer.alloc(32, 2)));
    await expect(verify(signed(HS256))).resolves.toMatchObject({ kind: 'valid' });
    await expect(verify(signed(HS256), other)).resolves.toMatchObject({ kind: 'refused' });
  });
});
