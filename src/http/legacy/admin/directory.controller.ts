import { matchesWildcards } from '@app/kernel';
import {
  Configuration,
  type ListedUser,
  ListUsers,
  type ResolverDefinition,
  resolversOfRealm,
  UserDirectory,
  userFields,
} from '@app/realms';
import { Req } from '@nestjs/common';

import { Envelopes, type LegacyReply, reply } from '../../envelope/envelope.js';
import { LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import { UsersDenied } from '../../envelope/errors/right-missing.js';
import { rightsOf } from '../../envelope/access/rights.guard.js';
import { UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';
import { type ExchangeRequest, note } from '../../exchange.js';
import type { StreamedReply } from '../../server/raw-reply.js';
import { resolverSpecification, resolverTypeName } from '../users/resolver-names.js';
import { userSearchOf } from '../users/user-search.js';
import { listedUsers, userPageOf } from './listed-users.js';

/** `/admin/userlist`, `/admin/testresolver` (spec/admin-api §3.21, spec/system-api §4.1). */
@LegacyController('admin')
export class DirectoryController {
  constructor(
    private readonly configuration: Configuration,
    private readonly directory: UserDirectory,
    private readonly listUsers: ListUsers,
    private readonly envelopes: Envelopes,
  ) {}

  @Reads('userlist', {
    right: 'own',
    summary: 'Users of a realm; every other parameter is a field to search, with *',
    parameters: [
      { name: 'realm', description: 'a realm, or a pattern with *; absent: the default realm' },
      { name: 'resConf', description: 'only this resolver' },
      { name: 'searchTerm', description: 'any field' },
      { name: 'page', description: 'from 0' },
      { name: 'rp', description: 'users on a page; 16 once a page is given' },
    ],
  })
  async userlist(@Req() { exchange }: ExchangeRequest): Promise<StreamedReply> {
    const { parameters } = exchange;
    const page = userPageOf(parameters, null);
    const configuration = this.configuration.current();
    const wanted = (parameters.text('realm') || (configuration.settings.defaultRealm ?? '')).toLowerCase();
    // A pattern is no realm: it needs a right everywhere.
    if (!rightsOf(exchange).realmsFor('userlist').has(wanted)) throw new UsersDenied(wanted);
    const realms = [...configuration.realms.keys()].filter((name) => matchesWildcards(wanted, name));
    const only = (parameters.text('resConf') ?? '').split('(')[0]?.trim() ?? '';
    const resolvers = new Map<string, ResolverDefinition>();
    for (const realm of realms) {
      for (const resolver of resolversOfRealm(configuration, realm)) {
        if (only === '' || resolver.name === only) resolvers.set(resolver.name, resolver);
      }
    }
    const listing = await this.listUsers.execute([...resolvers.values()], userSearchOf(parameters));
    note(exchange, { succeeded: true, info: `realm: ${realms.join(', ')}` });
    const { rows, end } = listedUsers(listing, page, userRow);
    return this.envelopes.streamed(rows, end, () => listing.close());
  }

  @Reads('testresolver', {
    right: { scope: 'system', action: 'read' },
    summary: 'Whether a resolver answers',
    parameters: [{ name: 'name', description: 'of a resolver that is defined', required: true }],
  })
  async testresolver(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const name = exchange.parameters.text('name');
    if (name === null) throw new WireError(905, "Missing parameter: KeyError('name')");
    const resolver = this.configuration.current().resolvers.get(name);
    if (!resolver) throw new WireError(UNSPECIFIC, `no such resolver '${name}' defined!`);
    const test = await this.directory.test(resolver);
    if (!test) {
      // Recording 59; clients know by it that there is nothing to test.
      throw new WireError(UNSPECIFIC, "type object 'IdResolver' has no attribute 'testconnection'");
    }
    note(exchange, { succeeded: test.works, info: name });
    if (resolverTypeName(resolver) === 'sqlresolver') {
      return reply(
        test.works
          ? { result: true, desc: { rows: test.userIds.length, err_string: '' } }
          : { result: false, desc: { err_string: test.reason, rows: -1 } },
      );
    }
    if (!test.works) return reply({ result: 'error', desc: test.reason });
    return reply({
      result: test.isTruncated ? 'success SIZELIMIT_EXCEEDED' : 'success',
      desc: test.userIds.map((userid) => ({ userid })),
    });
  }
}

function userRow({ resolver, user }: ListedUser): object {
  return { ...userFields(user), ...user.attributes, resolver: resolverSpecification(resolver) };
}
