import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ServerLog } from './server-log.js';

describe('ServerLog', () => {
  let folder: string;
  let log: ServerLog;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'twinlock-log-'));
    log = new ServerLog(join(folder, 'postgres.log'), 1000);
  });
  afterEach(() => {
    log.close();
    rmSync(folder, { recursive: true });
  });

  it('gives an error what was written since the start, and no more', async () => {
    appendFileSync(log.file, 'of an earlier run\n');
    const output = await log.open();
    writeSync(output.fd, 'of this run\n');
    await output.close();
    expect(await log.tail()).toBe('of this run');
  });

  it('keeps one older file when it grows too large, while the server goes on writing', async () => {
    const output = await log.open();
    writeSync(output.fd, 'x'.repeat(1001));
    await log.keepSmall();
    writeSync(output.fd, 'new');
    await output.close();
    expect(readFileSync(log.file, 'utf8')).toBe('new');
    expect(readFileSync(`${log.file}.1`, 'utf8')).toHaveLength(1001);
    expect(await log.tail()).toBe('new');
  });

  it('leaves a small file alone, and is for its owner’s eyes only', async () => {
    const output = await log.open();
    writeSync(output.fd, 'x'.repeat(1000));
    await output.close();
    await log.keepSmall();
    expect(existsSync(`${log.file}.1`)).toBe(false);
    expect(statSync(log.file).mode & 0o777).toBe(0o600);
  });
});
