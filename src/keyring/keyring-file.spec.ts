import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Keyring } from './keyring.js';
import { KeyringError, addKey, createKeyring, readKeyring, removeKeys } from './keyring-file.js';

const KEY = `{"id":"0123abcd","key":"${Buffer.alloc(32).toString('base64')}"}`;
const place = { table: 't', row: '1', column: 'c' };

describe('the keyring file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keyring-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is made once, for its owner alone, by whoever comes first', async () => {
    const path = join(folder, 'new', 'keyring.json');
    const keyrings = await Promise.all([createKeyring(path), createKeyring(path), createKeyring(path)]);
    const sealed = keyrings.map((keyring) => keyring.seal(place, Buffer.from('x')));
    for (const keyring of keyrings) {
      for (const value of sealed) expect(keyring.open(place, value).toString()).toBe('x');
    }
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'new'))).toEqual(['keyring.json']);
  });

  it('may be missing', async () => {
    expect(await readKeyring(join(folder, 'keyring.json'))).toBeNull();
  });

  it('is refused when others may read it', async () => {
    const path = join(folder, 'keyring.json');
    await createKeyring(path);
    await chmod(path, 0o640);
    await expect(readKeyring(path)).rejects.toThrow(/mode must be 0600/);
  });

  it.each([
    '',
    'no json',
    '{}',
    '{"version":1,"keys":[]}',
    '{"version":1,"keys":[{"id":"0123abcd","key":"AA=="}]}',
    `{"version":1,"keys":[${KEY},${KEY}]}`,
  ])('is refused when it holds %j', async (content) => {
    const path = join(folder, 'keyring.json');
    await writeFile(path, content, { mode: 0o600 });
    await expect(readKeyring(path)).rejects.toThrow(KeyringError);
  });

  it('gets a further key, which a keyring that was read before takes up, and loses keys', async () => {
    const path = join(folder, 'keyring.json');
    const keyring = await createKeyring(path);
    await chmod(path, 0o400);
    const added = await addKey(path);
    expect((await readKeyring(path))?.keyIds).toEqual([...keyring.keyIds, added]);
    expect((await stat(path)).mode & 0o777).toBe(0o400);
    const sealed = keyringOf(await readKeyring(path), added).seal(place, Buffer.from('x'));
    expect(keyring.open(place, sealed).toString()).toBe('x');

    await removeKeys(path, new Set(keyring.keyIds.filter((id) => id !== added)));
    expect((await readKeyring(path))?.keyIds).toEqual([added]);
    await expect(removeKeys(path, new Set([added]))).rejects.toThrow('must keep a key');
    expect(await readdir(folder)).toEqual(['keyring.json']);
  });

  it('changes nothing of what a keyring knows when it is damaged or gone', async () => {
    const path = join(folder, 'keyring.json');
    const keyring = await createKeyring(path);
    await writeFile(path, 'no json');
    expect(() => keyring.refresh()).toThrow(KeyringError);
    await rm(path);
    expect(() => keyring.refresh()).toThrow('there is no keyring');
    await expect(addKey(path)).rejects.toThrow('there is no keyring');
    expect(keyring.open(place, keyring.seal(place, Buffer.from('x'))).toString()).toBe('x');
  });
});

function keyringOf(keyring: Keyring | null, sealing: string): Keyring {
  if (!keyring) throw new Error('no keyring');
  keyring.sealWith(sealing);
  return keyring;
}
