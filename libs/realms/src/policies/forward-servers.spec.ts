import { Secret } from '@app/kernel';

import {
  openedForwardServer,
  sealedSecretsIn,
  withMaskedSecrets,
  withSealedSecrets,
  withSecretsSealedAnew,
} from './forward-servers.js';
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
    ['radius://h/?SECRET=abc', `radius://h/?encsecret=${seal('radius://h', 'abc')}`],
    ['radius://h/?s%65cRet=abc', `radius://h/?encsecret=${seal('radius://h', 'abc')}`],
    ['radius://h/?retry=1?secret=abc', `radius://h/?retry=1?encsecret=${seal('radius://h', 'abc')}`],
    ['radius://h/#secret=abc', `radius://h/#encsecret=${seal('radius://h', 'abc')}`],
    ['radius://h/?secret=a?b#c', `radius://h/?encsecret=${seal('radius://h', 'a?b#c')}`],
    [
      'radius://h/?secret=a?Secret=b',
      `radius://h/?encsecret=${seal('radius://h', 'a')}?encsecret=${seal('radius://h', 'b')}`,
    ],
    ['radius://me:p%40w@h/', `radius://me:encsecret:${seal('radius://h', 'p@w')}@h/`],
    ['radius://me:p@w:x@h:1812', `radius://me:encsecret:${seal('radius://h:1812', 'p@w:x')}@h:1812`],
    ['https://token@h/validate', `https://encsecret:${seal('https://h/validate', 'token')}@h/validate`],
    [
      'RADIUS://me:a@[2001:DB8::1]:1812/?secret=b',
      `RADIUS://me:encsecret:${seal('radius://[2001:db8::1]:1812', 'a')}@[2001:DB8::1]:1812/?encsecret=${seal('radius://[2001:db8::1]:1812', 'b')}`,
    ],
    ['radius://h/?secret=%zz', `radius://h/?encsecret=${seal('radius://h', '%zz')}`],
  ])('are sealed in %s', (value, expected) => {
    expect(sealed(`forward_server=${value}`)).toBe(`forward_server=${expected}`);
  });

  it('are sealed anew, each for its server, and nothing else changes', () => {
    class Keyed extends ReadableSecrets {
      override seal(server: string, secret: Secret): string {
        return super.seal(
          `${server} ${secret.use((bytes) => Buffer.from(bytes).toString('utf8'))}`,
          Secret.fromText('anew'),
        );
      }
    }
    const action = sealed(
      'otppin=1, forward_server="radius://a/?secret=x&retry=1 https://me:pw@b/c", smstext="encsecret=no"',
    );
    const [x, pw] = [seal('radius://a', 'x'), seal('https://b/c', 'pw')];
    expect(sealedSecretsIn(action, SECRETS)).toEqual([
      { server: 'radius://a', sealed: x },
      { server: 'https://b/c', sealed: pw },
    ]);
    const anew = action.replace(x, seal('radius://a x', 'anew')).replace(pw, seal('https://b/c pw', 'anew'));
    expect(withSecretsSealedAnew(action, new Keyed())).toBe(anew);
    const foreign = `forward_server=radius://h/?encsecret=${seal('radius://other', 'x')}`;
    expect(withSecretsSealedAnew(foreign, new Keyed())).toBe(foreign);
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
    'forward_server=radius://me:@h',
    `forward_server=radius://me:encsecret:${seal('radius://h', 'x')}@h`,
    `forward_server=radius://encsecret:${seal('radius://h', 'x')}@h`,
    'qrtanurl=https://h/?secret=not-ours',
    `forward_server=radius://h/?encsecret=${seal('radius://h', 'x')}`,
  ])('change nothing where there are none: %s', (action) => {
    expect(sealed(action)).toBe(action);
  });

  it('are found in lists that are none', () => {
    expect(sealed('forward_server="radius://h/?secret=x')).not.toContain('secret=x');
    expect(sealed(`a='b, forward_server=radius://h/?secret=x`)).toContain('secret=x');
  });

  it.each([
    'Forward_Server=radius://h/?secret=MarkedSecret',
    '"forward_server=radius://h/?secret=MarkedSecret"',
  ])('are found in what is no such action: %s', (action) => {
    expect(sealed(action)).not.toContain('MarkedSecret');
  });

  it.each([
    'radius://me:Marked/Secret@h',
    'radius://me:1234/MarkedSecret@h',
    'radius://me:Marked?Secret@h',
    'radius://me:Marked#Secret@h/?secret=x',
  ])('are not taken for a host: %s', (url) => {
    expect(() => sealed(`forward_server=${url}`)).toThrow(/^forward_server: no host stands (?!.*Marked)/);
  });

  it('serve no other server than theirs', () => {
    const moved = `forward_server=radius://evil/?encsecret=${seal('radius://h', 'x')}`;
    expect(() => sealed(moved)).toThrow('the encsecret of radius://evil was not made here for this server');
    expect(() => sealed('forward_server=radius://h/?encsecret=abcd%3Aef')).toThrow('give its secret');
    expect(() => sealed('forward_server=radius://h/?ENCSECRET=abcd')).toThrow('give its secret');
    const other = `forward_server=radius://me:encsecret:${seal('radius://h', 'x')}@evil`;
    expect(() => sealed(other)).toThrow('the encsecret of radius://evil was not made here');
    const message =
      'forward_server: the encsecret of radius://h was not made here for this server; give its secret';
    expect(() => sealed('forward_server=radius://me:Marked@h/?encsecret=x')).toThrow(message);
  });

  it.each([
    ['forward_server=radius://h/?secret=abc, otppin=1', 'forward_server=radius://h/?secret=*** otppin=1'],
    [`{'action': 'x?a=1&secret=a'}`, `{'action': 'x?a=1&secret=***`],
    ['radius://h/?Secret=abc&a=1', 'radius://h/?Secret=***&a=1'],
    ['radius://h/?a=1?s%65cret=abc', 'radius://h/?a=1?s%65cret=***'],
    ['radius://me:p/w@h/ radius://x', 'radius://***@h/ radius://x'],
    ['forward_server=radius://h/?encsecret=abc', 'forward_server=radius://h/?encsecret=abc'],
  ])('are hidden in %s', (text, expected) => {
    expect(withMaskedSecrets(text)).toBe(expected);
  });
});

describe('a server to forward to', () => {
  const textOf = (secret: Secret | null) => secret?.use((bytes) => Buffer.from(bytes).toString('utf8'));

  it.each([
    ['radius://h:1812/?secret=a%2Bb&x=1', 'radius://h:1812/?&x=1', 'a+b', null],
    ['radius://h/?retry=1?secret=abc', 'radius://h/?retry=1?', 'abc', null],
    ['radius://h', 'radius://h', undefined, null],
    ['https://h/check?x=1#secret=abc', 'https://h/check?x=1', 'abc', null],
    ['https://me:p%40w%3Ax@h/check', 'https://h/check', undefined, { name: 'me', password: 'p@w:x' }],
    ['https://me:encsecret@h/', 'https://h/', undefined, { name: 'me', password: 'encsecret' }],
    ['https://token@h/validate', 'https://h/validate', undefined, { name: 'token', password: '' }],
    [
      'radius://me@[2001:DB8::1]:1812/?secret=b',
      'radius://[2001:db8::1]:1812/?',
      'b',
      { name: 'me', password: '' },
    ],
  ])('opens as it was sealed: %s', (text, url, secret, user) => {
    const [, stored = ''] = sealed(`forward_server=${text}`).split(/forward_server=/);
    const opened = openedForwardServer(stored, SECRETS);
    expect(opened?.url.href).toBe(url);
    expect(textOf(opened?.secret ?? null)).toBe(secret);
    expect(opened?.user).toEqual(user);
  });

  it.each([
    `radius://other/?encsecret=${seal('radius://h', 'x')}`,
    'radius://h/?encsecret=abc',
    `https://me:encsecret:${seal('https://other/', 'x')}@h/`,
    'https://encsecret:abc@h/',
    'https://h:x/',
    'nothing',
  ])('cannot be used: %s', (text) => {
    expect(openedForwardServer(text, SECRETS)).toBeNull();
  });
});
