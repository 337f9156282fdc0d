import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

import { settingsTable } from '../../../src/config/settings.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';

const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

function part(name: string): string {
  const [, text = ''] = README.split(new RegExp(`<!-- ${name}: (?:begin|end) -->`));
  return text.trim();
}

describe('the README', () => {
  let server: RunningApplication;

  beforeAll(async () => {
    server = await startApplication();
  });
  afterAll(() => server.stop());

  it('has a tour that works line by line, to an OTP that is accepted once', async () => {
    const blocks = [...part('tour').matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
    const script = blocks.join('').replace('http://127.0.0.1:5001', server.url);
    expect(script).toContain(server.url);
    const { stdout } = await promisify(execFile)('bash', ['-eu', '-c', script], {
      env: { PATH: process.env['PATH'] ?? '', PASSWORD: server.installation.password },
    });

    expect(stdout).not.toContain('"error"');
    // The three logins, and the logout at the end.
    const values = [...stdout.matchAll(/"value": (true|false)/g)].map(([, value]) => value);
    expect(values.slice(-4)).toEqual(['true', 'false', 'true', 'true']);
    const records = stdout.split('\n').filter((line) => line.includes('"validate/check"'));
    expect(records.map((record) => record.split(', ').slice(4, 6).join())).toEqual([
      '"validate/check","1"',
      '"validate/check","0"',
      '"validate/check","1"',
    ]);
  });

  it('lists the settings as they are', () => {
    expect(part('settings')).toBe(settingsTable().trim());
  });
});
