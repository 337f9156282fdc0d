/** Prints the tables of actions of policies, in Markdown: docs/policies.md is made with it. */
import { prepareOrExit } from './prepare.mjs';

prepareOrExit();
const { actionsTables } = await import('../dist/libs/policies/src/catalogue/actions-table.js');
process.stdout.write(`${actionsTables()}\n`);
