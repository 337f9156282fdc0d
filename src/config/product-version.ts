import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { checkoutFolder } from './data-folder.js';

/** Twinlock's own version; clients of the compatible interfaces are shown another one. */
export function productVersion(): string {
  const file = readFileSync(join(checkoutFolder(), 'package.json'), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}
