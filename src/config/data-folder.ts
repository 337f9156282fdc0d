import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { folderThatBlocks, UNPRIVILEGED } from './unprivileged.js';

const SYSTEM_FOLDER = '/var/lib/twinlock';

/** The folder that holds package.json: the checkout, or the installed package. */
export function checkoutFolder(from: string = import.meta.dirname): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('package.json is in none of the folders above this file');
  return checkoutFolder(parent);
}

/**
 * Where data goes when nobody says otherwise: `.twinlock` in the checkout. Started as root, the embedded database runs as
 * an unprivileged uid, which cannot enter a checkout under e.g. /root: then /var/lib/twinlock.
 */
export function usualDataFolder(checkout: string, uid: number | undefined): string {
  const folder = join(checkout, '.twinlock');
  const isOutOfReach = uid === 0 && folderThatBlocks(folder, UNPRIVILEGED) !== null;
  return isOutOfReach ? SYSTEM_FOLDER : folder;
}
