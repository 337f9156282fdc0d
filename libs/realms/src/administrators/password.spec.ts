import { Invalid, type RandomSource } from '@app/kernel';

import { parseAdministratorName } from './administrator.js';
import { normalizedPassword, parseNewPassword, randomPassword } from './password.js';

describe('a new password', () => {
  it.each([
    ['one of 8 characters', 'Test123!'],
    ['a passphrase with blanks', 'correct horse battery staple'],
    ['one of 1024 characters', 'x'.repeat(1024)],
    ['8 characters outside the basic plane', '🔑'.repeat(8)],
  ])('may be %s', (_name, text) => {
    expect(parseNewPassword(text, 'admin')).toBe(text);
  });

  it.each([
    ['empty', ''],
    ['of 7 characters', 'Test12!'],
    ['of 7 characters that take two units each', '🔑'.repeat(7)],
    ['of 1025 characters', 'x'.repeat(1025)],
    ['the user name', 'Administrator'],
  ])('is not %s', (_name, text) => {
    expect(() => parseNewPassword(text, 'administrator')).toThrow(Invalid);
  });

  it('is one password, however its letters are composed', () => {
    expect(normalizedPassword('pa\u0308sswort')).toBe(normalizedPassword('p\u00e4sswort'));
  });
});

describe('a made-up password', () => {
  const counting: RandomSource = {
    bytes: (length) => Uint8Array.from({ length }, (_byte, index) => index * 13),
  };

  it('has 20 characters that nobody mistakes', () => {
    expect(randomPassword(counting)).toMatch(/^[a-km-np-z2-9]{20}$/);
  });

  it('follows the random source', () => {
    expect(randomPassword({ bytes: (length) => new Uint8Array(length).fill(255) })).toBe('9'.repeat(20));
  });
});

describe('the name of an administrator', () => {
  it.each(['admin', 'root@adomain', 'R\u00fcdiger M.', 'a'.repeat(255)])('may be %s', (name) => {
    expect(parseAdministratorName(name)).toBe(name);
  });

  it.each([
    ['nothing', ''],
    ['padded', ' admin'],
    ['too long', 'a'.repeat(256)],
    ['with a line break', 'a\nb'],
    ['with a NUL', 'a\0'],
    ['half a character', 'a\ud800'],
  ])('is not %s', (_case, name) => {
    expect(() => parseAdministratorName(name)).toThrow(Invalid);
  });
});
