/** Prints the table of what administrators set at run time, in Markdown: docs/settings.md is made with it. */
import { prepareOrExit } from './prepare.mjs';

prepareOrExit();
const { settingsTable } = await import('../dist/libs/realms/src/settings/setting-catalogue.js');
process.stdout.write(`${settingsTable()}\n`);
