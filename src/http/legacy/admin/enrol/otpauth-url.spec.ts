import { type OtpauthToken, otpauthUrl } from './otpauth-url.js';

const SEED = Buffer.from('12345678901234567890');

function urlOf(token: Partial<OtpauthToken>): string | null {
  return otpauthUrl({
    type: 'hotp',
    seed: SEED,
    digits: 6,
    hash: 'sha1',
    stepSeconds: 30,
    account: 'alice',
    issuer: 'LinOTP',
    ...token,
  });
}

describe('otpauthUrl', () => {
  // spec/token-types §3.3 and spec/admin-api §6.3
  it.each<[Partial<OtpauthToken>, string]>([
    [{}, 'otpauth://hotp/LinOTP:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0&issuer=LinOTP'],
    [
      { digits: 8, hash: 'sha256', issuer: 'My Org & Co', account: 'alice@realm/x' },
      'otpauth://hotp/My%20Org%20%26%20Co:alice%40realm/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=8&algorithm=SHA256&counter=0&issuer=My%20Org%20%26%20Co',
    ],
    [
      { type: 'totp', digits: 8, hash: 'sha512', stepSeconds: 60, account: 'OATH0001' },
      'otpauth://totp/LinOTP:OATH0001?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=8&algorithm=SHA512&period=60&issuer=LinOTP',
    ],
  ])('of %j', (token, url) => {
    expect(urlOf(token)).toBe(url);
  });

  it('encodes what URLs cannot hold', () => {
    expect(urlOf({ type: 'totp', account: 'jürgen@r1', issuer: 'ACME/Ö' })).toContain(
      'otpauth://totp/ACME/%C3%96:j%C3%BCrgen%40r1?',
    );
  });

  it('is cut to 400 characters by shortening the label', () => {
    const url = urlOf({ account: 'x'.repeat(400) });
    expect(url).toHaveLength(400);
    expect(url).toContain('?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0&issuer=LinOTP');
  });

  it.each([
    ['66', 'MY'],
    ['666f', 'MZXQ'],
    ['666f6f', 'MZXW6'],
    ['666f6f62', 'MZXW6YQ'],
    ['666f6f6261', 'MZXW6YTB'],
    ['ffffffffffff', '7777777774'],
  ])('writes the seed %s as %s (RFC 4648 §10)', (hex, base32) => {
    expect(urlOf({ seed: Buffer.from(hex, 'hex') })).toContain(`secret=${base32}&`);
  });

  it.each(['password', 'simple-pass'] as const)('does not exist for %s', (type) => {
    expect(urlOf({ type })).toBeNull();
  });
});
