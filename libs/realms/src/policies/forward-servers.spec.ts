import { Secret } from '@app/kernel';

import { withMaskedSecrets, withSealedSecrets } from './forward-servers.js';
import { PolicySecrets } from './policy-secrets.js';

/** A seal that can be read: what was sealed for which server. */
class ReadableSecrets extends PolicySecrets {
  seal(server: string, secret: Secret): string {
    const text = secret.use((bytes) => Buffer.from(bytes).toString('utf8'));
    return Buffer.from(`${server} ${text}`).toString('base64url');
  }

  open(server: string, sealed: string): Secret | null {
    const [place, text] = Buffer.from(sealed, 'base64url').toString('utf8').split(' ');
    return place === server && text !== undefined ? Secret.fromText(text) : null;
  }
}

const SECRETS = new ReadableSecrets();
const sealed = (action: string) => withSealedSecrets(action, SECRETS);
const seal = (server: string, text: string) => SECRETS.seal(server, Secret.fromText(text));

describe('secrets of servers to forward to', () => {
  it.each([
    ['radius://h:1812/?secret=abc', `radius://h:1812/?encsecret=${seal('radius://h:1812', 'abc')}`],
    [
      '"radius://a/?secret=x radius://b/?retry=1&secret=y%20z"',
      `"radius://a/?encsecret=${seal('radius://a', 'x')} radius://b/?retry=1&encsecret=${seal('radius://b', 'y z')}"`,
    ],
    [`"radius://h/?secret=a,'b"`, `"radius://h/?encsecret=${seal('radius://h', "a,'b")}"`],
    ['radius://h/?secret=%zz', `radius://h/?encsecret=${seal('radius://h', '%zz')}`],
  ])('are sealed in %s', (value, expected) => {
    expect(sealed(`forward_server=${value}`)).toBe(`forward_server=${expected}`);
  });

  it('leave the other entries as they are', () => {
    expect(sealed('otppin=1,forward_server = radius://h/?secret=x ,smstext="a, b"')).toBe(
      `otppin=1, forward_server =radius://h/?encsecret=${seal('radius://h', 'x')}, smstext="a, b"`,
    );
  });

  it.each([
    'otppin=1,passthru',
    'forward_server=https://h/validate/check',
    'forward_server=radius://h/?secret=',
    'qrtanurl=https://h/?secret=not-ours',
    `forward_server=radius://h/?encsecret=${seal('radius://h', 'x')}`,
  ])('change nothing where there are none: %s', (action) => {
    expect(sealed(action)).toBe(action);
  });

  it('are found in lists that are none', () => {
    expect(sealed('forward_server="radius://h/?secret=x')).not.toContain('secret=x');
    expect(sealed(`a='b, forward_server=radius://h/?secret=x`)).toContain('secret=x');
  });

  it('serve no other server than theirs', () => {
    const moved = `forward_server=radius://evil/?encsecret=${seal('radius://h', 'x')}`;
    expect(() => sealed(moved)).toThrow('the encsecret of radius://evil was not made here for this server');
    expect(() => sealed('forward_server=radius://h/?encsecret=abcd%3Aef')).toThrow('give its secret');
  });

  it.each([
    ['forward_server=radius://h/?secret=abc, otppin=1', 'forward_server=radius://h/?secret=*** otppin=1'],
    [`{'action': 'x?a=1&secret=a'}`, `{'action': 'x?a=1&secret=***`],
    ['forward_server=radius://h/?encsecret=abc', 'forward_server=radius://h/?encsecret=abc'],
  ])('are hidden in %s', (text, expected) => {
    expect(withMaskedSecrets(text)).toBe(expected);
  });
});
