import { Unavailable } from '@app/kernel';

import { Argon2Passwords } from '../argon2-passwords.js';
import { DirectoryPasswords } from './directory-passwords.js';

describe('DirectoryPasswords', () => {
  const argon2 = new Argon2Passwords();
  const passwords = new DirectoryPasswords(argon2);
  const MD5_CRYPT = '$1$abcdefgh$G//4keteveJp0qb8z2DxG/';

  it('checks argon2id and the schemes of directories', async () => {
    const hash = await argon2.hash('password');
    await expect(passwords.verify(hash, 'password')).resolves.toBe(true);
    await expect(passwords.verify(hash, 'Password')).resolves.toBe(false);
    await expect(passwords.verify(MD5_CRYPT, 'password')).resolves.toBe(true);
    await expect(passwords.verifyCrypt(MD5_CRYPT, 'password')).resolves.toBe(true);
    await expect(passwords.verifyCrypt(hash, 'password')).resolves.toBe(false);
  });

  it('refuses at once when too many wait, and goes on with those', async () => {
    const all = Array.from({ length: 200 }, () => passwords.verify(MD5_CRYPT, 'password'));
    const ends = await Promise.allSettled(all);
    const done = ends.filter((end) => end.status === 'fulfilled' && end.value);
    const refused = ends.filter((end) => end.status === 'rejected' && end.reason instanceof Unavailable);
    expect([done.length, refused.length]).toEqual([66, 134]);
  });
});
