import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { selfSigned } from '../../test/support/servers/self-signed.js';
import { readKeyMakers } from './key-makers.js';

const folder = mkdtempSync(join(tmpdir(), 'twinlock-makers-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the makers of security keys', () => {
  it('are as many as the file has certificates, whatever stands between them', () => {
    const pair = [selfSigned('one').certificate, selfSigned('other').certificate];
    const keyMakersFile = join(folder, 'makers.pem');
    writeFileSync(keyMakersFile, `# One\n${pair[0]}\n# Other\n${pair[1]}`);
    expect(readKeyMakers({ keyMakersFile }).map((maker) => `${maker}\n`)).toEqual(pair);
    expect(readKeyMakers({ keyMakersFile: null })).toEqual([]);
  });

  it.each([
    ['nothing', null],
    ['no certificate', 'hello'],
    ['a broken one', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
  ])('are not taken from %s', (_what, content) => {
    const keyMakersFile = join(folder, 'broken.pem');
    rmSync(keyMakersFile, { force: true });
    if (content !== null) writeFileSync(keyMakersFile, content);
    expect(() => readKeyMakers({ keyMakersFile })).toThrow(/TWINLOCK_FIDO2_MAKERS_FILE/);
  });
});
