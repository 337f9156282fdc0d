import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

/**
 * The arguments of a script as `parseArgs` reads them. With `--help` the process prints the comment at the script's head and
 * ends; with arguments that it does not take it says so, and ends with 2.
 *
 * @param {string} script its `import.meta.filename`
 * @param {import('node:util').ParseArgsConfig} config
 * @returns {{ values: Record<string, string | undefined>, positionals: string[] }}
 */
export function argumentsOrUsage(script, config) {
  const { values, positionals } = parsed({
    ...config,
    options: { ...config.options, help: { type: 'boolean' } },
  });
  if (!values.help) return { values, positionals };
  const [, comment = ''] = /\/\*\*\n(.*?)\n \*\//s.exec(readFileSync(script, 'utf8')) ?? [];
  process.stdout.write(`${comment.replace(/^ \* ?/gm, '')}\n`);
  process.exit(0);
}

function parsed(config) {
  try {
    return parseArgs(config);
  } catch (error) {
    return usageError(error.message);
  }
}

/** Says what is wrong with the arguments, and ends the process. */
export function usageError(message) {
  process.stderr.write(`${message}\n--help says what there is.\n`);
  process.exit(2);
}
