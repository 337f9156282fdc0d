import type { AdminRights } from '@app/policies';
import {
  ChangeOwnPassword,
  Configuration,
  ImportUsers,
  importSummary,
  MigrateResolver,
  parseImport,
  type UserNames,
} from '@app/realms';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { Changes, LegacyController } from '../../envelope/routes/legacy-controller.js';
import type { Parameters } from '../../envelope/parameters/parameters.js';
import { RightMissing } from '../../envelope/errors/right-missing.js';
import { rightsOf } from '../../envelope/access/rights.guard.js';
import {
  missingParameter,
  NotAuthenticated,
  UNSPECIFIC,
  WireError,
} from '../../envelope/errors/wire-error.js';
import { type ExchangeRequest, note } from '../../exchange.js';
import { SessionRestart } from '../../session/session-restart.js';
import { resolverObject } from '../users/resolver-object.js';
import { importedText, parseImportFormat, parseSwitch } from './import-parameters.js';

/** `/tools/import_users`, `migrate_resolver`, `setPassword` (spec/system-api §5.3, §5.4; recordings 318–321). */
@LegacyController('tools')
export class ToolsController {
  constructor(
    private readonly configuration: Configuration,
    private readonly importUsers: ImportUsers,
    private readonly migrateResolver: MigrateResolver,
    private readonly changeOwnPassword: ChangeOwnPassword,
    private readonly sessionRestart: SessionRestart,
  ) {}

  @Changes('import_users', {
    right: { scope: 'tools', action: 'import_users' },
    takesFiles: 'configuration',
    summary: 'Make the users of a managed resolver those of a file',
    parameters: [
      { name: 'file', description: 'the file, as an upload or as a field', required: true },
      { name: 'resolver', description: 'made by its first import; in no realm at first', required: true },
      { name: 'dryrun', description: 'true: only say what would happen; detail.preview stands for that' },
      { name: 'preview', description: 'of a dry run: refused when file or users have changed since' },
      { name: 'format', description: 'csv (default), passwd or password' },
      { name: 'delimiter', description: 'csv: one character, a comma by default' },
      { name: 'quotechar', description: 'csv: one character, " by default' },
      { name: 'skip_header', description: 'csv: true: the first line is none of a user' },
      {
        name: 'column_mapping',
        description:
          'csv: JSON object of columns, counted from 0: username, userid, surname, givenname, email, phone, mobile, password',
      },
      {
        name: 'passwords_in_plaintext',
        description: 'true: hash the passwords; otherwise they must be hashes',
      },
    ],
  })
  async import(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const resolver = parameters.text('resolver') ?? '';
    if (resolver === '') throw missingParameter('resolver');
    const users = parseImport(importedText(parameters), parseImportFormat(parameters));
    const isDryRun = parseSwitch(parameters, 'dryrun');
    const arePasswordsPlain = parseSwitch(parameters, 'passwords_in_plaintext');
    const preview = parameters.text('preview') || null;
    const rights = rightsOf(exchange);
    const demandCreation = () => demandWrite(rights);
    const result = await this.importUsers.execute(
      { resolver, users, isDryRun, arePasswordsPlain, preview, demandCreation },
      exchange.audit,
    );
    if (isDryRun) note(exchange, { succeeded: true, info: `dry run: ${importSummary(resolver, result)}` });
    else exchange.isRecorded = true;
    const { created, unchanged, modified, deleted } = result;
    // "updated" are those who stay as they are: LinOTP's word for them.
    const value = {
      created: namesObject(created),
      updated: namesObject(unchanged),
      modified: namesObject(modified),
      deleted: namesObject(deleted),
    };
    return reply(value, isDryRun ? { detail: { preview: result.preview } } : {});
  }

  @Changes('migrate_resolver', {
    right: { scope: 'tools', action: 'migrate_resolver' },
    summary: 'Give the tokens of a resolver’s users to the users of another with the same logins',
    parameters: [
      { name: 'from', description: 'name of the resolver whose users own the tokens', required: true },
      { name: 'to', description: 'name of the resolver whose users get them', required: true },
    ],
  })
  async migrate(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const from = demanded(exchange.parameters, 'from');
    const to = demanded(exchange.parameters, 'to');
    const rights = rightsOf(exchange);
    // Who may write can make anybody an administrator as it is.
    const demandAdministrators = () => demandWrite(rights);
    const migration = await this.migrateResolver.execute(from, to, demandAdministrators, exchange.audit);
    exchange.isRecorded = true;
    const configuration = this.configuration.current();
    return reply({
      src: resolverObject(migration.from, configuration),
      target: resolverObject(migration.to, configuration),
      value: true,
      message: `${migration.moved} tokens of ${migration.total} migrated`,
    });
  }

  @Changes('setPassword', {
    right: { scope: 'tools', action: 'setPassword' },
    summary: 'Change your own password; ends your sessions elsewhere',
    parameters: [
      { name: 'old_password', description: 'the one until now', required: true },
      { name: 'new_password', description: 'at least 8 characters', required: true },
    ],
  })
  async setPassword(@Req() request: ExchangeRequest): Promise<LegacyReply> {
    const { exchange } = request;
    const { parameters, administrator, audit, origin } = exchange;
    if (!administrator) throw new NotAuthenticated();
    const newPassword = demanded(parameters, 'new_password');
    const oldPassword = demanded(parameters, 'old_password');
    const { username, resolver } = administrator;
    const change = { username, resolver, oldPassword, newPassword, client: origin.client };
    await this.changeOwnPassword.execute(change, audit);
    exchange.isRecorded = true;
    const cookies = await this.sessionRestart.cookies(request);
    return reply(true, {
      detail: { detail: `password updated for '${username}'` },
      ...(cookies.length > 0 && { headers: { 'set-cookie': cookies } }),
    });
  }
}

function demandWrite(rights: AdminRights): void {
  if (!rights.may('system', 'write')) throw new RightMissing('system', 'write');
}

/** LinOTP says no more of a missing one than its name (recording 321). */
function demanded(parameters: Parameters, name: string): string {
  const text = parameters.text(name);
  if (text === null) throw new WireError(UNSPECIFIC, `'${name}'`);
  return text;
}

function namesObject(names: UserNames): Record<string, string> {
  return Object.fromEntries(names);
}
