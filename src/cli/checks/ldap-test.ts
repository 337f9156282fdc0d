import { Secret } from '@app/kernel';
import type { ResolverTest } from '@app/realms';
import { type Command, Option } from 'commander';

import { readSettings } from '../../config/settings.js';
import { CommandError } from '../command-error.js';
import type { Console } from '../console.js';

export interface LdapTestOptions {
  readonly url: string;
  readonly base: string;
  readonly binddn?: string;
  readonly password?: string | true;
  readonly enforceTls?: true;
  readonly onlyTrustedCerts?: true;
  readonly ldapType: 'ad' | 'ldap';
  readonly filter?: string;
  readonly searchfilter?: string;
  readonly loginattribute?: string;
}

/** What users of the two kinds of directories are, and what their logins are called. */
const USUAL = {
  ad: { login: 'sAMAccountName', objectClass: 'user' },
  ldap: { login: 'uid', objectClass: 'inetOrgPerson' },
} as const;

/** Tries settings of an LDAP resolver out before they are saved (spec/system-api §11). */
export function addLdapTest(program: Command, console: Console, env: NodeJS.ProcessEnv): void {
  program
    .command('ldap-test')
    .description('try settings of an LDAP resolver out: connect, and list users')
    .requiredOption('-u, --url <url>', 'ldap://host or ldaps://host; several with commas')
    .requiredOption('-b, --base <dn>', 'the DN below which users are')
    .option('-d, --binddn <dn>', 'the account that searches; without one: anonymous')
    .addOption(new Option('-p, --password [password]', 'its password: asked for in any case').hideHelp())
    .option('-e, --enforce-tls', 'use StartTLS, or give up')
    .option('-c, --only-trusted-certs', 'accept certificates of authorities in TWINLOCK_TLS_CA_FILE only')
    .addOption(
      new Option('--ldap-type <type>', 'what filters are made for').choices(['ad', 'ldap']).default('ldap'),
    )
    .option('--filter <filter>', 'LDAPFILTER, the filter that finds one user; %s stands for the login')
    .option('--searchfilter <filter>', 'LDAPSEARCHFILTER, the filter that lists users')
    .option('--loginattribute <attribute>', 'LOGINNAMEATTRIBUTE, the attribute that holds the login')
    .addHelpText(
      'after',
      '\nWith -d the password is asked for on a terminal, else read from standard input, one line.' +
        '\nWithout -e and -c it may cross the network in the clear, or reach a server that only pretends to be yours.',
    )
    .action(async (options: LdapTestOptions, command: Command) => {
      const { password } = options;
      if (password !== undefined && password !== true && password !== '-') {
        command.error(
          'error: a password on the command line can be read by others: it is asked for, or read from standard input',
        );
      }
      const settings = readSettings(env);
      const secret = Secret.fromText(await passwordOf(options, console));
      // Loaded late: --help and usage errors need none of it.
      const { tryLdapResolver } = await import('../../composition/resolver-trial.js');
      console.data(`Trying to connect to '${options.url}'.`);
      const found = await tryLdapResolver(settings, ldapParameters(options), secret);
      for (const line of resultLines(found)) console.data(line);
      if (!found.works) process.exitCode = 1;
    });
}

export function ldapParameters(options: LdapTestOptions): Readonly<Record<string, string>> {
  const { login: usualLogin, objectClass } = USUAL[options.ldapType];
  const login = options.loginattribute ?? usualLogin;
  return {
    LDAPURI: options.url,
    LDAPBASE: options.base,
    BINDDN: options.binddn ?? '',
    LOGINNAMEATTRIBUTE: login,
    LDAPFILTER: options.filter ?? `(&(${login}=%s)(objectClass=${objectClass}))`,
    LDAPSEARCHFILTER: options.searchfilter ?? `(${login}=*)(objectClass=${objectClass})`,
    USERINFO: JSON.stringify({ username: login }),
    EnforceTLS: options.enforceTls ? 'True' : 'False',
    only_trusted_certs: options.onlyTrustedCerts ? 'True' : 'False',
  };
}

export function resultLines(found: ResolverTest): string[] {
  if (!found.works) return ["Status: 'error'", 'Result:', found.reason];
  const status = found.isTruncated ? 'success SIZELIMIT_EXCEEDED' : 'success';
  return [`Status: '${status}'`, 'Result:', ...found.userIds.map((userId) => `userid : ${userId}`)];
}

async function passwordOf({ binddn = '', url }: LdapTestOptions, console: Console): Promise<string> {
  if (binddn === '') return '';
  const password = console.isInteractive
    ? await console.askHidden(`Password of ${binddn}: `)
    : await console.readLine();
  // RFC 4513 §5.1.2: a bind without a password succeeds as nobody, and would look like success.
  if (password === '') throw new CommandError(`the password of ${binddn} at ${url} is empty`);
  return password;
}
