import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { HeadFiles, headFilesIn } from './head-files.js';

const KEY = '0123456789abcdef';
const head = (lane: string, sequence: number) => ({ lane, sequence, chain: Buffer.alloc(32, sequence) });

describe('heads that are kept outside the database', () => {
  let folder: string;
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'heads-')), 'audit-heads');
  });
  afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

  const kept = async () => {
    const files = await headFilesIn(folder);
    return files.flatMap(({ heads }) => heads.map(({ lane, sequence }) => `${lane}:${sequence}`)).toSorted();
  };
  const process = (keyId = KEY) => new HeadFiles(folder, 'node-1', keyId);

  it('are none where there is no folder', async () => {
    expect(await headFilesIn(folder)).toEqual([]);
  });

  it('are the furthest that was known of each lane, under one name, whole at any time', async () => {
    const files = process();
    await files.keep([head('1', 3), head('2', 9)]);
    await files.keep([head('1', 5), head('2', 4)]);
    expect(await kept()).toEqual(['1:5', '2:9']);
    expect(await readdir(folder)).toHaveLength(1);
    const [name = ''] = await readdir(folder);
    expect(JSON.parse(await readFile(join(folder, name), 'utf8'))).toMatchObject({
      format: 'twinlock-audit-heads-1',
      node: 'node-1',
      keyId: KEY,
      closed: false,
    });
  });

  it('survive the process, and are taken over by the next one', async () => {
    await process().keep([head('1', 3)], true);
    await process().keep([head('1', 2), head('2', 1)], true);
    expect(await readdir(folder)).toHaveLength(1);
    await process().keep([head('3', 1)]);
    expect(await kept()).toEqual(['1:3', '2:1', '3:1']);
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('stay with a process that lives, and are taken from one that died', async () => {
    await process().keep([head('1', 3)]);
    await process().keep([head('2', 1)]);
    const names = await readdir(folder);
    expect(names).toHaveLength(2);
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    for (const name of names) await utimes(join(folder, name), longAgo, longAgo);
    await process().keep([]);
    expect(await readdir(folder)).toHaveLength(1);
    expect(await kept()).toEqual(['1:3', '2:1']);
  });

  it('of another installation are left alone', async () => {
    await process('fedcba9876543210').keep([head('1', 3)], true);
    await process().keep([head('2', 1)]);
    expect(await readdir(folder)).toHaveLength(2);
  });

  it('are bounded: the newest lanes stay', async () => {
    const files = process();
    await files.keep(Array.from({ length: 900 }, (_, lane) => head(String(lane), 1)));
    const old = new Set(await kept());
    await files.keep(Array.from({ length: 900 }, (_, lane) => head(String(10_000 + lane), 1)));
    const now = await kept();
    expect(now).toHaveLength(1000);
    expect(now.filter((one) => old.has(one)).length).toBeLessThanOrEqual(100);
  });

  it('are not what is no such file', async () => {
    await mkdir(folder);
    await writeFile(join(folder, 'heads-000000000000.json'), '{"format":');
    await writeFile(join(folder, 'heads-000000000001.json'), '{"format":"other","heads":[]}');
    await writeFile(join(folder, 'notes.txt'), 'x');
    await process().keep([head('1', 1)]);
    expect(await kept()).toEqual(['1:1']);
    expect(await readdir(folder)).toHaveLength(4);
  });

  it('cannot be kept where a file stands in the way', async () => {
    await writeFile(folder, '');
    await expect(process().keep([head('1', 1)])).rejects.toThrow();
  });
});
