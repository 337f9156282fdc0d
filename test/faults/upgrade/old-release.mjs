import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
const git = (...args) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();

/** @returns {string | null} `null` where the history is not at hand */
export function commitBeforeNewestMigration() {
  try {
    const added = git('log', '-1', '--format=%H', '--diff-filter=A', '--', 'src/persistence/migrations');
    return git('rev-parse', '--verify', `${added}^`);
  } catch {
    return null;
  }
}

/**
 * Builds a commit in a folder of its own, with the modules that are installed here.
 * @param {string} commit
 * @returns {{ folder: string, remove: () => void }}
 */
export function buildOldRelease(commit) {
  const folder = mkdtempSync(join(tmpdir(), 'twinlock-release-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  chmodSync(folder, 0o755);
  try {
    console.log(`building ${git('log', '-1', '--format=%h %s', commit)}`);
    const archive = join(folder, 'archive.tar');
    git('archive', `--output=${archive}`, commit);
    execFileSync('tar', ['-xf', archive, '-C', folder]);
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const nest = join(ROOT, 'node_modules/@nestjs/cli/bin/nest.js');
    execFileSync(process.execPath, [nest, 'build', '--path', 'tsconfig.build.json'], {
      cwd: folder,
      stdio: 'inherit',
    });
    return { folder, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
