import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { checkoutFolder, usualDataFolder } from './data-folder.js';
import { folderThatBlocks, UNPRIVILEGED } from './unprivileged.js';

describe('where data goes', () => {
  let base: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'twinlock-data-'));
    chmodSync(base, 0o755);
    mkdirSync(join(base, 'closed', 'checkout'), { recursive: true });
    mkdirSync(join(base, 'open', 'checkout'), { recursive: true, mode: 0o755 });
    chmodSync(join(base, 'closed'), 0o700);
  });
  afterEach(() => {
    rmSync(base, { recursive: true });
  });

  it('finds the folder that shuts somebody out', () => {
    const stranger = { uid: 4_000_001, gid: 4_000_001 };
    expect(folderThatBlocks(join(base, 'open', 'checkout', 'new', 'deep'), stranger)).toBeNull();
    expect(folderThatBlocks(join(base, 'closed', 'checkout', 'new'), stranger)).toBe(join(base, 'closed'));
  });

  it('does not shut the owner out', () => {
    const owner = { uid: process.getuid?.() ?? 0, gid: 4_000_001 };
    expect(folderThatBlocks(join(base, 'closed', 'checkout'), owner)).toBeNull();
  });

  it('is the checkout for an ordinary user, wherever that lies', () => {
    expect(usualDataFolder(join(base, 'closed', 'checkout'), 1000)).toBe(
      join(base, 'closed', 'checkout', '.twinlock'),
    );
  });

  it('is the checkout for root, too, where the database’s user may enter it', () => {
    // A system whose temporary folder is shut to others has no such place to try with.
    if (folderThatBlocks(join(base, 'x'), UNPRIVILEGED) !== null) return;
    expect(usualDataFolder(join(base, 'open', 'checkout'), 0)).toBe(
      join(base, 'open', 'checkout', '.twinlock'),
    );
  });

  it('is the system’s place for root where the database’s user may not', () => {
    expect(usualDataFolder(join(base, 'closed', 'checkout'), 0)).toBe('/var/lib/twinlock');
  });
});

it('knows the checkout', () => {
  expect(existsSync(join(checkoutFolder(), 'package.json'))).toBe(true);
});
