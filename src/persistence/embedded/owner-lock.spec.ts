import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { OwnerLock } from './owner-lock.js';

describe('OwnerLock', () => {
  let folder: string;
  const others: ChildProcess[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'twinlock-lock-'));
  });
  afterEach(() => {
    for (const other of others.splice(0)) other.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  /** Another process that owns the folder. */
  const givenOwner = async () => {
    const script = `require('net').createServer().listen(process.argv[1] + '/owner-' + process.pid + '-0123456789ab.sock', () => console.log('ready'))`;
    const other = spawn(process.execPath, ['-e', script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    others.push(other);
    await once(other.stdout, 'data');
    return other;
  };

  it('belongs to one at a time', async () => {
    const lock = await OwnerLock.take(folder);
    await expect(OwnerLock.take(folder)).rejects.toThrow(EmbeddedPostgresError);
    await lock.release();

    const next = await OwnerLock.take(folder);
    await next.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('names the process that has it', async () => {
    const owner = await givenOwner();
    await expect(OwnerLock.take(folder)).rejects.toThrow(`in use by process ${owner.pid}`);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('is free once its owner was killed', async () => {
    const owner = await givenOwner();
    owner.kill('SIGKILL');
    await once(owner, 'exit');

    const lock = await OwnerLock.take(folder);
    expect(readdirSync(folder)).toHaveLength(1);
    await lock.release();
  });

  it('is never two’s when many want it at once', async () => {
    const taken = await Promise.allSettled(Array.from({ length: 8 }, () => OwnerLock.take(folder)));
    const locks = taken.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(locks.length).toBeLessThanOrEqual(1);
    await Promise.all(locks.map((lock) => lock.release()));
  });

  it('leaves files alone that are no locks', async () => {
    writeFileSync(join(folder, 'owner-1.sock'), '');
    const lock = await OwnerLock.take(folder);
    await lock.release();
    expect(readdirSync(folder)).toEqual(['owner-1.sock']);
  });

  it('works in a folder whose path is too long for a socket', async () => {
    if (process.platform !== 'linux') return;
    const deep = join(folder, 'x'.repeat(120));
    mkdirSync(deep);
    const lock = await OwnerLock.take(deep);
    await expect(OwnerLock.take(deep)).rejects.toThrow(EmbeddedPostgresError);
    await lock.release();
    expect(readdirSync(deep)).toEqual([]);
  });
});
