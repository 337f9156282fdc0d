import { mkdtemp, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Unavailable } from '@app/kernel';

import { PasswdFile } from './passwd-file.js';

let folder: string;
let path: string;
let clock: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinlock-passwd-'));
  path = join(folder, 'passwd');
  clock = 1_000_000;
});

afterEach(() => rm(folder, { recursive: true }));

const given = (file = path) => new PasswdFile(file, () => clock);

const line = (name: string, id: number) => `${name}:$6$${name}:${id}:1:${name}:/:/bin/sh\n`;

/** Written long ago: nobody writes to it any more. @param at seconds since 1970 */
async function settled(file: string, text: string, at = 1_000): Promise<void> {
  await writeFile(file, text);
  await utimes(file, at, at);
}

describe('PasswdFile', () => {
  it('finds users by login and by id, the first of two', async () => {
    await settled(path, line('anna', 1) + line('bernd', 2) + line('anna', 3) + line('toor', 2));
    const file = given();
    expect((await file.byLogin('anna'))?.userId).toBe('1');
    expect((await file.byId('2'))?.username).toBe('bernd');
    expect(await file.byLogin('nobody')).toBeNull();
    expect(await file.passwordOf('bernd')).toBe('$6$bernd');
    expect(await file.passwordOf('nobody')).toBe('');
    expect([...(await file.pages())].flat()).toHaveLength(4);
  });

  it('does not hold hashes in what it tells of a user', async () => {
    await settled(path, line('anna', 1));
    expect(JSON.stringify(await given().byLogin('anna'))).not.toContain('$6$');
  });

  it('does not look at the file again within a second for users that it knows', async () => {
    await settled(path, line('anna', 1));
    const file = given();
    await file.byLogin('anna');
    await rm(path);
    clock += 999;
    expect((await file.byLogin('anna'))?.userId).toBe('1');
  });

  it('looks at once when it does not know somebody', async () => {
    await settled(path, line('anna', 1));
    const file = given();
    await file.byLogin('anna');
    await settled(path, line('anna', 1) + line('bernd', 2), 2_000);
    expect((await file.byLogin('bernd'))?.userId).toBe('2');
  });

  it('follows a file that is put in its place, of the same size and time', async () => {
    await settled(path, line('anna', 1));
    const file = given();
    await file.byLogin('anna');
    await settled(`${path}.new`, line('anna', 7));
    await rename(`${path}.new`, path);
    clock += 1_001;
    expect((await file.byLogin('anna'))?.userId).toBe('7');
  });

  it('says unavailable, never unknown, when the file is gone, and goes on when it is back', async () => {
    await settled(path, line('anna', 1));
    const file = given();
    await file.byLogin('anna');
    await rename(path, `${path}.away`);
    clock += 1_001;
    await expect(file.byLogin('anna')).rejects.toThrow(Unavailable);
    await expect(file.byId('2')).rejects.toThrow(Unavailable);
    await expect(file.pages()).rejects.toThrow(Unavailable);
    await rename(`${path}.away`, path);
    expect((await file.byLogin('anna'))?.userId).toBe('1');
  });

  it('does not take the half of a file that is being written for the whole', async () => {
    await settled(path, line('anna', 1) + line('bernd', 2));
    const file = given();
    await file.byLogin('anna');
    clock += 1_001;
    // Emptied and begun anew, by somebody who writes on.
    await writeFile(path, line('anna', 1));
    const looked = file.byLogin('bernd');
    await untilLookedAt(path);
    await settled(path, line('anna', 1) + line('bernd', 2) + line('carla', 3), 2_000);
    expect((await looked)?.userId).toBe('2');
  });

  it.each([
    ['a folder', () => rm(path, { force: true }).then(() => folder)],
    ['nothing', () => Promise.resolve(join(folder, 'nothing'))],
  ])('says unavailable for %s', async (_what, make) => {
    await expect(given(await make()).refresh()).rejects.toThrow(Unavailable);
  });

  it('keeps the other users when one line is in another encoding', async () => {
    await settled(path, '');
    await writeFile(path, Buffer.from(`dörr:x:1:1:::\n`, 'latin1'), { flag: 'a' });
    await writeFile(path, line('añez', 2), { flag: 'a' });
    await utimes(path, 1_000, 1_000);
    const file = given();
    expect((await file.byLogin('dörr'))?.userId).toBe('1');
    expect((await file.byLogin('añez'))?.userId).toBe('2');
  });
});

/** Some rounds of the loop: whoever looks has looked. */
async function untilLookedAt(file: string): Promise<void> {
  for (let round = 0; round < 5; round++) await stat(file);
}
