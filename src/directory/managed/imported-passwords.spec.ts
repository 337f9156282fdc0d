import { DirectoryImportedPasswords } from './imported-passwords.js';

describe('DirectoryImportedPasswords', () => {
  const passwords = new DirectoryImportedPasswords(
    { hash: async (password) => `hash of ${password}` },
    { verify: async (hash, password) => hash === `hash of ${password}` },
  );

  it.each([
    [`$argon2id$v=19$m=19456,t=2,p=1$${'s'.repeat(22)}$${'h'.repeat(43)}`, true],
    [`$argon2id$v=19$m=65536,t=3,p=4$${'s'.repeat(22)}$${'h'.repeat(43)}`, true],
    // A login would take minutes.
    [`$argon2id$v=19$m=1048576,t=100,p=4$${'s'.repeat(22)}$${'h'.repeat(43)}`, false],
    [
      '$6$abcdefgh$yVfUwsw5T.JApa8POvClA1pQ5peiq97DUNyXCZN5IrF.BMSkiaLQ5kvpuEm/VQ1Tvh/KV2TcaWh8qinoW5dhA1',
      true,
    ],
    ['{SSHA}ouUZQtFbhkQrfIJ43qx176Wfj4YBAgME', true],
    ['Test123!', false],
    ['correct horse battery staple', false],
    ['$argon2id$nothing', false],
    ['', false],
  ])('takes %j for a hash: %j', (text, expected) => {
    expect(passwords.isHash(text)).toBe(expected);
  });

  it('checks what it has made', async () => {
    expect(await passwords.verify(await passwords.hash('secret'), 'secret')).toBe(true);
  });
});
