import type { Command } from 'commander';

import { productVersion } from '../config/product-version.js';
import { SettingsError } from '../config/settings-error.js';
import { addAudit } from './audit/audit.js';
import { addAuditCleanup } from './audit/cleanup-command.js';
import { addAuditExport } from './audit/export-command.js';
import { addBackup } from './backup/backup-command.js';
import { addRestore } from './backup/restore-command.js';
import { Aborted, CommandError } from './command-error.js';
import { addConfig } from './checks/config-show.js';
import type { Console } from './console.js';
import { addInit } from './init.js';
import { addKeys } from './keys/keys.js';
import { addLdapTest } from './checks/ldap-test.js';
import { addLocalAdmins } from './accounts/local-admins.js';
import { addProviderTest } from './checks/provider-test.js';
import { addTokens } from './token-import.js';
import { UsageCommand } from './usage-command.js';
import { addUserSessions } from './accounts/user-sessions.js';

const EXIT_CODES = `
Settings come from the environment: see 'twinlock config show'.
Exit codes: 0 done, 1 refused, failed or aborted, 2 called in the wrong way or with an unusable setting.`;

/** Runs one command line (without the program's name), and sets the exit code of the process. */
export async function runCommandLine(
  args: readonly string[],
  console: Console,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  try {
    await commandLine(console, env).parseAsync([...args], { from: 'user' });
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    complain(error, console);
  } finally {
    console.close();
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode;
  return error instanceof SettingsError ? 2 : 1;
}

function commandLine(console: Console, env: NodeJS.ProcessEnv): Command {
  const program = new UsageCommand('twinlock')
    .description('An MFA server that speaks the interfaces of LinOTP')
    .version(productVersion(), '--version')
    .option('-v, --verbose', 'say more')
    .option('-q, --quiet', 'say nothing but errors; data is printed all the same')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, 'Error:')) })
    .showHelpAfterError("Try '--help' for help.")
    .addHelpText('after', EXIT_CODES)
    .hook('preAction', (self) => {
      const { quiet, verbose } = self.opts<{ quiet?: true; verbose?: true }>();
      console.verbosity = quiet ? 'quiet' : verbose ? 'verbose' : 'normal';
    });
  program
    .command('serve')
    .description("run the server in the foreground, as 'npm start' does")
    .action(async () => {
      const { serve } = await import('../serve.js');
      await serve(env);
    });
  addInit(program, console, env);
  addLocalAdmins(program, console, env);
  addConfig(program, console, env);
  const audit = addAudit(program, console, env);
  addAuditExport(audit, console, env);
  addAuditCleanup(audit, console, env);
  addBackup(program, console, env);
  addRestore(program, console, env);
  addKeys(program, console, env);
  addLdapTest(program, console, env);
  addProviderTest(program, console, env);
  addTokens(program, console, env);
  addUserSessions(program, console, env);
  return program;
}

function complain(error: unknown, console: Console): void {
  if (error instanceof Aborted) {
    console.complain(error.message);
    return;
  }
  console.complain(`Error: ${error instanceof Error ? error.message : 'unknown'}`);
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    console.explain(cause.stack ?? cause.message);
  }
}
