import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { KeyringError, createKeyring, readKeyring } from './keyring-file.js';

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
  ])('is refused when it holds %j', async (content) => {
    const path = join(folder, 'keyring.json');
    await writeFile(path, content, { mode: 0o600 });
    await expect(readKeyring(path)).rejects.toThrow(KeyringError);
  });
});
