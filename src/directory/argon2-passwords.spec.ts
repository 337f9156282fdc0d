import { Argon2Passwords } from './argon2-passwords.js';

describe('argon2id passwords', () => {
  const passwords = new Argon2Passwords();

  it('are hashed with 19 MiB, 2 passes and 1 lane, and a salt of their own', async () => {
    const [one, other] = [await passwords.hash('Test123!'), await passwords.hash('Test123!')];
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(other);
  });

  it('are verified', async () => {
    const hash = await passwords.hash('Test123!');
    await expect(passwords.verify(hash, 'Test123!')).resolves.toBe(true);
    await expect(passwords.verify(hash, 'test123!')).resolves.toBe(false);
    await expect(passwords.verify(hash, '')).resolves.toBe(false);
  });

  it.each(['', 'Test123!', '$argon2id$', '$argon2id$v=19$m=19456,t=2,p=1$broken', '$6$salt$hash'])(
    'are never right for %j as a hash',
    async (hash) => {
      await expect(passwords.verify(hash, 'Test123!')).resolves.toBe(false);
    },
  );
});
