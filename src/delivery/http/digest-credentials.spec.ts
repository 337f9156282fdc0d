import { digestCredentials } from './digest-credentials.js';

// RFC 7616 §3.9.1.
const ASKED = {
  method: 'GET',
  uri: '/dir/index.html',
  user: 'Mufasa',
  password: 'Circle of Life',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};
const CHALLENGE =
  'Digest realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",' +
  ' opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"';

describe('credentials for a Digest challenge', () => {
  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('are those of RFC 7616 with %s', (algorithm, response) => {
    const value = digestCredentials(`${CHALLENGE}, algorithm=${algorithm}`, ASKED);
    expect(value).toContain(`response="${response}"`);
    expect(value).toContain('username="Mufasa", realm="http-auth@example.org"');
    expect(value).toContain('qop=auth, nc=00000001');
    expect(value).toContain('opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"');
  });

  it('take MD5 without a quality of protection where the challenge names none (RFC 2617)', () => {
    const value = digestCredentials('Basic realm="x", Digest realm="a \\"b\\"", nonce=n', ASKED);
    expect(value).toContain('realm="a \\"b\\"", nonce="n", uri="/dir/index.html", algorithm=MD5');
    expect(value).not.toContain('cnonce');
  });

  it.each([
    'Basic realm="x"',
    'Digest realm="x"',
    `${CHALLENGE}, algorithm=constructor`,
    'Digest nonce=n, qop=auth-int',
    '',
  ])('are none for %s', (challenge) => expect(digestCredentials(challenge, ASKED)).toBeNull());
});
