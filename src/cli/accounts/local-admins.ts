import type { AdministratorProfile } from '@app/realms';
import { type Command, InvalidArgumentError, Option } from 'commander';

import type { CommandInstallation } from '../../composition/command-line.js';
import { LONG_TEMPLATE, SHORT_TEMPLATE, TEMPLATE_KEYS, accountFormat } from './account-template.js';
import { AdministratorAccounts } from './administrator-accounts.js';
import { Aborted, CommandError } from '../command-error.js';
import type { Console } from '../console.js';
import { enableLocalResolver } from './enable-local-resolver.js';
import { readNewPassword } from './new-password.js';
import { operator, withInstallation } from '../session.js';

interface ProfileOptions {
  readonly phone?: string;
  readonly mobile?: string;
  readonly email?: string;
  readonly surname?: string;
  readonly givenname?: string;
}

/** The accounts of local administrators (spec/system-api §11). */
export function addLocalAdmins(program: Command, console: Console, env: NodeJS.ProcessEnv): void {
  const group = program
    .command('local-admins')
    .description('the administrators whose accounts Twinlock keeps itself');

  /** Runs on the open installation. */
  const on = <T>(work: (installation: CommandInstallation, accounts: AdministratorAccounts) => Promise<T>) =>
    withInstallation(env, console, (installation) => work(installation, accountsOf(installation)));

  withProfile(group.command('add <name>'))
    .description('add an administrator, who cannot log in before a password is set')
    .action(async (name: string, options: ProfileOptions) => {
      await on((_installation, accounts) => accounts.add(name, profileOf(options)));
      console.say(`Added ${name}. Nobody can log in with it before 'local-admins password' was run for it.`);
    });

  withProfile(group.command('modify <name>'))
    .description('change what is known of an administrator; what is not given stays')
    .action(async (name: string, options: ProfileOptions, command: Command) => {
      const profile = profileOf(options);
      if (Object.keys(profile).length === 0) command.error('error: nothing to change was given');
      await on((_installation, accounts) => accounts.modify(name, profile));
      console.say(`Changed ${name}.`);
    });

  group
    .command('password <name>')
    .description('set the password: asks for it twice on a terminal; ends the sessions of the account')
    .option('--stdin', 'read the password from standard input, one line')
    .addOption(new Option('--password <password>').hideHelp())
    .addHelpText(
      'after',
      '\nExample:\n  pass show twinlock/anna | npx twinlock local-admins password anna --stdin',
    )
    .action(async (name: string, options: { stdin?: true; password?: string }, command: Command) => {
      // LinOTP's `--password -` is as good as --stdin; any other value is in the shell's history and in `ps`.
      if (options.password !== undefined && options.password !== '-') {
        command.error(
          'error: a password on the command line can be read by others: leave --password out and be asked, or use --stdin',
        );
      }
      const fromStandardInput = options.stdin === true || options.password === '-';
      await on(async (installation, accounts) => {
        await refuseUnknown(installation, name);
        const password = await readNewPassword(name, fromStandardInput, console);
        await accounts.setPassword(name, await installation.passwords.hash(password));
      });
      console.say(`Set the password of ${name}; sessions from before are over.`);
    });

  group
    .command('list')
    .description('list the administrators, one on a line')
    .option('--format <template>', `what a line shows: ${TEMPLATE_KEYS.map((key) => `{${key}}`).join(' ')}`)
    .addOption(new Option('--long', `the same as --format '${LONG_TEMPLATE}'`).conflicts('format'))
    .action(async (options: { format?: string; long?: true }) => {
      const format = accountFormat(options.format ?? (options.long ? LONG_TEMPLATE : SHORT_TEMPLATE));
      const accounts = await on((installation) => installation.administrators.list());
      for (const account of accounts) console.data(format(account));
    });

  group
    .command('enable [name]')
    .description(
      'let an administrator log in again; without a name: put the resolver of these accounts first into the realm of ' +
        'administrators, if it is missing there',
    )
    .action(async (name: string | undefined) => {
      if (name === undefined) {
        console.say(await on((installation) => enableLocalResolver(installation, operator())));
        return;
      }
      await on((_installation, accounts) => accounts.enable(name));
      console.say(`Enabled ${name}.`);
    });

  group
    .command('disable <name>')
    .description('let an administrator log in no more, and end the sessions of the account')
    .option('--force', 'also the last one who could log in')
    .action(async (name: string, { force = false }: { force?: boolean }) => {
      await on((_installation, accounts) => accounts.disable(name, force));
      console.say(`Disabled ${name}; the sessions of the account are over.`);
    });

  group
    .command('remove <name>')
    .description('remove an administrator, and end the sessions of the account')
    .option('--yes', 'do not ask')
    .option('--force', 'also the last one who could log in')
    .action(async (name: string, { yes = false, force = false }: { yes?: boolean; force?: boolean }) => {
      await on(async (installation, accounts) => {
        await refuseUnknown(installation, name);
        if (!yes && !(await console.confirm('Are you sure you want to remove the account?'))) {
          throw new Aborted();
        }
        await accounts.remove(name, force);
      });
      console.say(`Removed ${name}; the sessions of the account are over.`);
    });
}

function accountsOf({ administratorChanges, settings }: CommandInstallation): AdministratorAccounts {
  const context = { client: '', administrator: operator(), realm: settings.adminRealm };
  return new AdministratorAccounts(administratorChanges, context);
}

/** Before anybody is asked anything. */
async function refuseUnknown({ administrators }: CommandInstallation, name: string): Promise<void> {
  if (!(await administrators.find(name))) throw new CommandError(`User ${name} does not exist`);
}

function withProfile(command: Command): Command {
  return command
    .option('--phone <number>', 'phone number', printable)
    .option('--mobile <number>', 'mobile phone number', printable)
    .option('--email <address>', 'e-mail address', printable)
    .option('--surname <name>', 'surname', printable)
    .option('--givenname <name>', 'given name', printable);
}

/** A list has one line an account. */
function printable(text: string): string {
  if (/\p{Cc}/u.test(text)) throw new InvalidArgumentError('It holds control characters.');
  return text;
}

function profileOf({
  givenname,
  phone,
  mobile,
  email,
  surname,
}: ProfileOptions): Partial<AdministratorProfile> {
  const fields = { givenName: givenname, phone, mobile, email, surname };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
