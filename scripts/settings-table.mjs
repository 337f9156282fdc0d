/** Prints the table of all settings, in Markdown: the README's is made with it. */
import { prepareOrExit } from './prepare.mjs';

prepareOrExit();
const { settingsTable } = await import('../dist/src/config/settings.js');
process.stdout.write(`${settingsTable()}\n`);
