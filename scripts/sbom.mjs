#!/usr/bin/env node
/** The bill of materials of what runs in production (CycloneDX JSON): `npm run sbom -- <file>`. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: npm run sbom -- <file>');
  process.exit(2);
}
const { status, stdout } = spawnSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev'], {
  encoding: 'utf8',
  maxBuffer: 2 ** 28,
  stdio: ['ignore', 'pipe', 'inherit'],
  shell: process.platform === 'win32',
});
if (status !== 0) process.exit(status ?? 1);
writeFileSync(file, stdout);
console.log(`${file}: ${JSON.parse(stdout).components.length} components`);
