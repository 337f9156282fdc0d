/** The server as the release after this one may be: this one, and a migration more. */
import { MIGRATIONS } from '../../../dist/src/persistence/data-source.js';
import { NextRelease1999000000000 } from './next-release.mjs';

MIGRATIONS.push(NextRelease1999000000000);
await import('../../../dist/src/main.js');
