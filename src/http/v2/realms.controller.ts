import { cleanText } from '@app/kernel';
import { Configuration, ListUsers, resolversOfRealm } from '@app/realms';
import { Param, Req } from '@nestjs/common';

import { missingRight } from '../envelope/errors/denials.js';
import { Envelopes, type LegacyReply, reply } from '../envelope/envelope.js';
import { GetsOnly, LegacyController } from '../envelope/routes/legacy-controller.js';
import { rightsOf } from '../envelope/access/rights.guard.js';
import { UNSPECIFIC, WireError } from '../envelope/errors/wire-error.js';
import { type ExchangeRequest, note } from '../exchange.js';
import { listedUsers, userPageOf } from '../legacy/admin/listed-users.js';
import { resolverSpecification } from '../legacy/users/resolver-names.js';
import { userSearchOf } from '../legacy/users/user-search.js';
import type { StreamedReply } from '../server/raw-reply.js';
import { directoryUser } from './directory-user.js';

/** `/api/v2/realms/` (spec/admin-api §4.3). */
@LegacyController('api/v2/realms')
export class RealmsV2Controller {
  constructor(
    private readonly configuration: Configuration,
    private readonly listUsers: ListUsers,
    private readonly envelopes: Envelopes,
  ) {}

  @GetsOnly('/', { right: 'own', summary: 'List realms' })
  list(@Req() { exchange }: ExchangeRequest): LegacyReply {
    if (!rightsOf(exchange).may('system', 'read')) {
      // Without the code that it has everywhere else (spec/admin-api §4.3).
      throw new WireError(UNSPECIFIC, missingRight('system', 'read'), { httpStatus: 403 });
    }
    const { realms, resolvers, settings, adminRealm } = this.configuration.current();
    note(exchange, { succeeded: true });
    return reply(
      [...realms.values()].map(({ name, resolvers: names }) => ({
        name,
        entry: `linotp.useridresolver.group.${name}`,
        userIdResolvers: names.flatMap((resolver) => {
          const found = resolvers.get(resolver);
          return found ? [resolverSpecification(found)] : [];
        }),
        default: settings.defaultRealm === name,
        admin: adminRealm === name,
      })),
    );
  }

  @GetsOnly(':realm/users', {
    right: 'own',
    summary: 'Users of a realm; every other parameter is a field to search, with *',
    parameters: [
      { name: 'searchTerm', description: 'any field' },
      { name: 'page', description: 'from 0' },
      { name: 'rp', description: 'users on a page' },
    ],
  })
  async users(@Req() { exchange }: ExchangeRequest, @Param('realm') realm: string): Promise<StreamedReply> {
    const name = cleanText(realm).toLowerCase();
    if (!rightsOf(exchange).realmsFor('userlist').has(name)) {
      throw new WireError(410, 'Admin has no rights to list users in the requested realm.');
    }
    const { parameters } = exchange;
    const page = userPageOf(parameters, 0);
    const resolvers = resolversOfRealm(this.configuration.current(), name);
    const listing = await this.listUsers.execute(resolvers, userSearchOf(parameters));
    note(exchange, { succeeded: true, info: `realm: ${name}` });
    const { rows, end } = listedUsers(listing, page, directoryUser);
    return this.envelopes.streamed(rows, end, () => listing.close());
  }
}
