/**
 * For TypeORM's own command line, after `npm run build`:
 *
 *   npx typeorm migration:show -d dist/ormconfig.js
 *
 * The database is the one of the settings: that of DATABASE_URL, or the embedded one of a server that runs.
 */
import { runningDatabase } from './src/composition/database-servers.js';
import { readSettings } from './src/config/settings.js';
import { createDataSource } from './src/persistence/data-source.js';

const database = await runningDatabase(readSettings(process.env));
if (!database)
  throw new Error('the embedded database does not run: start the server first, or set DATABASE_URL');

export const dataSource = createDataSource(database.address);
