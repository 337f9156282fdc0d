import type { Command } from 'commander';

import { readSettings } from '../config/settings.js';
import type { Console } from './console.js';
import { logTo } from './session.js';

export function addInit(program: Command, console: Console, env: NodeJS.ProcessEnv): void {
  program
    .command('init')
    .description(
      "make data folder, keyring, database and the first administrator, as the server's first start does",
    )
    .addHelpText('after', '\nDoes nothing where all is there already, so that it may be run at any time.')
    .action(async () => {
      const { initialiseInstallation } = await import('../composition/command-line.js');
      const settings = readSettings(env);
      for (const notice of settings.notices) console.say(notice);
      console.explain(`data folder: ${settings.dataFolder}`);
      const told: string[] = [];
      const { database, keyring } = await initialiseInstallation(settings, logTo(console), {
        isTerminal: console.isOutputSeen,
        write: (text) => console.write(text),
        log: (message) => told.push(message),
      });
      if (keyring === 'made') {
        console.say(
          `Made the keyring ${settings.keyringFile}: back it up, without it the database cannot be read.`,
        );
      }
      if (database === 'made') console.say('Made the schema of the database.');
      if (database === 'migrated') console.say('Migrated the database to this release.');
      for (const message of told) console.say(`${message.charAt(0).toUpperCase()}${message.slice(1)}.`);
      if (keyring !== 'made' && database === 'ready before' && told.length === 0) {
        console.say('All was there already: nothing was done.');
      }
    });
}
