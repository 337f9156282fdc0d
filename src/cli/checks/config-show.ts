import type { Command } from 'commander';

import { SETTING_DEFINITIONS } from '../../config/setting-definitions.js';
import { type ShownSetting, listSettings } from '../../config/settings.js';
import { CommandError } from '../command-error.js';
import type { Console } from '../console.js';

interface ShowOptions {
  readonly modified?: boolean;
  readonly values?: boolean;
}

export function addConfig(program: Command, console: Console, env: NodeJS.ProcessEnv): void {
  const group = program.command('config').description('the settings, as the environment gives them');
  group
    .command('show [item...]')
    .description('show all settings, or these; never a password')
    .option('-m, --modified', 'only those that are not as they are by default')
    .option('-V, --values', 'values only, without names')
    .action((items: string[], options: ShowOptions) => {
      for (const line of settingLines(listSettings(env), items, options)) console.data(line);
    });
}

/** @param items names, also LinOTP's; none: all @throws CommandError for an unknown one */
export function settingLines(
  settings: readonly ShownSetting[],
  items: readonly string[],
  { modified = false, values = false }: ShowOptions,
): string[] {
  const wanted = new Set(items.map(ownName));
  return settings
    .filter(({ name, isModified }) => (wanted.size === 0 || wanted.has(name)) && (!modified || isModified))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, value }) => (values ? value : `${name}=${value}`));
}

function ownName(item: string): string {
  const definition = SETTING_DEFINITIONS.find(({ name, aliases }) => name === item || aliases.includes(item));
  if (!definition) throw new CommandError(`No information on ${item}`);
  return definition.name;
}
