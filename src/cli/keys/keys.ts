import type { Command } from 'commander';

import type { KeyState } from '../../composition/key-management.js';
import { Aborted, CommandError } from '../command-error.js';
import type { Console } from '../console.js';
import { operator, withInstallation } from '../session.js';

const STEPS = `
From one key to the next, while nodes serve:
  1. twinlock keys add       a new key comes into the keyring file; nothing is sealed with it yet
  2. copy the file to every other node, and make a backup of it
  3. twinlock keys rotate    everything is sealed with the new key; may be broken off and called again
  4. twinlock keys retire    takes the older key out of the file; copy that to the other nodes
Keep a copy of the older key as long as backups need it. See docs/operations.md, "The keyring".`;

/** The keys that seal secrets in the database: beside running nodes. */
export function addKeys(program: Command, console: Console, env: NodeJS.ProcessEnv): void {
  const group = program.command('keys').description("the keyring's keys").addHelpText('after', STEPS);

  group
    .command('status')
    .description('show the keys, and how many values are sealed with each; ends with 1 where one is missing')
    .action(async () => {
      const keys = await withInstallation(env, console, ({ keyManagement }) => keyManagement.status());
      for (const key of keys) console.data(keyLine(key));
      if (keys.some(({ isThere }) => !isThere)) process.exitCode = 1;
    });

  group
    .command('add')
    .description('add a new key to the keyring file, which seals nothing yet')
    .action(async () => {
      const { keyId, keyringFile } = await withInstallation(env, console, ({ keyManagement }) =>
        keyManagement.add({ administrator: operator() }),
      );
      console.data(keyId);
      console.say(
        `Added key ${keyId} to ${keyringFile}: copy the file to every other node, then 'keys rotate'.`,
      );
    });

  group
    .command('rotate')
    .description('seal everything with the newest key of the keyring; every node must have it')
    .action(() => rotate(console, env));

  group
    .command('retire')
    .description('take the keys out of the keyring file that nothing is sealed with any more')
    .option('--yes', 'do not ask')
    .action(async ({ yes }: { readonly yes?: true }) => {
      const question = 'Backups from before the rotation need the older key. Take it out of the keyring?';
      if (!yes && !(await console.confirm(question))) throw new Aborted();
      const { ids, keyringFile } = await withInstallation(env, console, ({ keyManagement }) =>
        keyManagement.retire({ administrator: operator() }),
      );
      console.say(`Took ${ids.join(', ')} out of ${keyringFile}: copy the file to every other node.`);
    });
}

async function rotate(console: Console, env: NodeJS.ProcessEnv): Promise<void> {
  let sum = 0;
  const rotated = await withInstallation(env, console, ({ keyManagement }, signal) =>
    keyManagement.rotate(
      { administrator: operator() },
      {
        onResealed: (values) => {
          sum += values;
          console.progress(`${sum} sealed anew`);
        },
        signal,
      },
    ),
  ).finally(() => console.progress(''));
  for (const { message } of rotated.broken) console.complain(message);
  console.say(`Sealed ${rotated.values} anew with key ${rotated.keyId}.`);
  if (!rotated.isComplete) {
    throw new CommandError(
      rotated.broken.length > 0
        ? 'what does not open stayed as it was: the older key cannot be retired'
        : "nodes went on sealing with the older key: see that each has the keyring, and run 'keys rotate' again",
    );
  }
  console.say("Nothing is sealed with an older key any more: it may be retired ('keys retire').");
}

export function keyLine({ id, isThere, seals, isNext, values, tables }: KeyState): string {
  const role = !isThere
    ? 'missing in the keyring'
    : seals
      ? 'seals'
      : isNext
        ? "waits for 'keys rotate'"
        : values > 0
          ? 'opens only'
          : "opens only, may be retired ('keys retire')";
  const where = [...tables].map(([table, count]) => `${table} ${count}`).join(', ');
  return `${id}  ${role}, ${values} values${where === '' ? '' : ` (${where})`}`;
}
