import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Invalid, Unavailable } from '@app/kernel';
import type { ResolverDefinition } from '@app/realms';

import { PasswdResolver } from './passwd-resolver.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinlock-passwd-'));
});

afterEach(() => rm(folder, { recursive: true }));

const passwords = {
  verifyCrypt: (hash: string, password: string) => Promise.resolve(hash === `hash of ${password}`),
};
const definition = (fileName: string): ResolverDefinition => ({
  name: 'people',
  type: 'passwd',
  parameters: { fileName },
  secrets: {},
  readonly: false,
  revision: '1',
});

async function givenFile(...hashes: string[]): Promise<ResolverDefinition> {
  const file = join(folder, 'passwd');
  await writeFile(file, hashes.map((hash, i) => `user${i}:${hash}:${i}:1:::\n`).join(''));
  await utimes(file, 1_000, 1_000);
  return definition(file);
}

describe('PasswdResolver', () => {
  it.each([
    ['hash of secret', 'secret', true],
    ['hash of secret', 'Secret', false],
    ['x', 'x', false],
    ['*', '*', false],
    ['', '', false],
    ['!hash of secret', 'secret', false],
  ])('with the field %j: is %j the password? %j', async (hash, password, expected) => {
    // A checker that would take anything: these fields never reach it.
    const lenient = { verifyCrypt: async () => true };
    const resolver = new PasswdResolver(folder, hash.startsWith('hash') ? passwords : lenient);
    const people = await givenFile(hash);
    const user = await resolver.byLogin(people, 'user0');
    expect(user && (await resolver.hasPassword(people, user, password))).toBe(expected);
  });

  it('says unavailable about a password when the file is gone', async () => {
    const resolver = new PasswdResolver(folder, passwords);
    const user = await resolver.byLogin(await givenFile('hash of secret'), 'user0');
    const gone = definition(join(folder, 'gone'));
    await expect(user && resolver.hasPassword(gone, user, 'secret')).rejects.toThrow(Unavailable);
  });

  it.each([
    ['%(here)s/users/passwd', '/data/users/passwd'],
    ['users/passwd', '/data/users/passwd'],
    ['/etc/passwd', '/etc/passwd'],
    ['', ''],
  ])('takes the fileName %j for %j', (fileName, path) => {
    expect(new PasswdResolver('/data', passwords).sourceOf(definition(fileName))).toBe(path);
  });

  it('needs a fileName, and a file there', async () => {
    const resolver = new PasswdResolver(folder, passwords);
    await expect(resolver.probe(definition(''))).rejects.toThrow(Invalid);
    await expect(resolver.probe(definition('nothing'))).rejects.toThrow(Unavailable);
    await resolver.probe(await givenFile('x'));
  });
});
