import { cleanText } from '@app/kernel';
import { Configuration, ListUsers, type ResolverDefinition, UserDirectory } from '@app/realms';
import { Param, Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../envelope/envelope.js';
import { GetsOnly, LegacyController } from '../envelope/routes/legacy-controller.js';
import type { Parameters } from '../envelope/parameters/parameters.js';
import { rightsOf } from '../envelope/access/rights.guard.js';
import { UNSPECIFIC, WireError } from '../envelope/errors/wire-error.js';
import { type Exchange, type ExchangeRequest, note } from '../exchange.js';
import { invalidInteger, pythonInteger } from '../legacy/python-text.js';
import { isAdminResolver, resolverSpecification, resolverTypeName } from '../legacy/users/resolver-names.js';
import { userSearchOf } from '../legacy/users/user-search.js';
import { type DirectoryUser, directoryUser } from './directory-user.js';

const SORT_KEYS: ReadonlySet<string> = new Set<keyof DirectoryUser>([
  'userId',
  'resolverClass',
  'resolverName',
  'username',
  'surname',
  'givenName',
  'email',
  'mobile',
  'phone',
]);

/** `/api/v2/resolvers/` (spec/admin-api §4.4). */
@LegacyController('api/v2/resolvers')
export class ResolversV2Controller {
  constructor(
    private readonly configuration: Configuration,
    private readonly directory: UserDirectory,
    private readonly listUsers: ListUsers,
  ) {}

  @GetsOnly('/', { right: { scope: 'system', action: 'read' }, summary: 'List resolvers' })
  list(@Req() { exchange }: ExchangeRequest): LegacyReply {
    const configuration = this.configuration.current();
    note(exchange, { succeeded: true });
    return reply(
      [...configuration.resolvers.values()].map((resolver) => ({
        name: resolver.name,
        type: resolverTypeName(resolver),
        spec: resolverSpecification(resolver),
        readonly: resolver.readonly || null,
        admin: isAdminResolver(resolver, configuration),
        realms: [...configuration.realms.values()]
          .filter((realm) => realm.resolvers.includes(resolver.name))
          .map((realm) => realm.name),
      })),
    );
  }

  @GetsOnly(':name/users', {
    right: 'own',
    summary: 'Users of a resolver; every other parameter is a field to search, with *',
    parameters: [
      { name: 'searchTerm', description: 'any field' },
      { name: 'page', description: 'from 0' },
      { name: 'pageSize', description: 'users on a page; absent or 0: all' },
      { name: 'sortBy', description: [...SORT_KEYS].join(', ') },
      { name: 'sortOrder', description: 'desc reverses' },
    ],
  })
  async users(@Req() { exchange }: ExchangeRequest, @Param('name') name: string): Promise<LegacyReply> {
    const { parameters } = exchange;
    const resolver = this.#resolver(name, exchange);
    const sortBy = (parameters.text('sortBy') || 'username') as keyof DirectoryUser;
    if (!SORT_KEYS.has(sortBy)) {
      throw new WireError(UNSPECIFIC, `"users can't be sorted by parameter ${sortBy}"`, { httpStatus: 500 });
    }
    const page = countOf('page', parameters) ?? 0;
    const size = countOf('pageSize', parameters) || null;
    const listing = await this.listUsers.execute([resolver], userSearchOf(parameters));
    const users: DirectoryUser[] = [];
    for await (const listed of listing.users) users.push(directoryUser(listed));
    // Half of them would look like all of them.
    if (listing.unavailable.length > 0) throw resolverBrokeOff(resolver);
    const sign = parameters.text('sortOrder')?.toLowerCase() === 'desc' ? -1 : 1;
    users.sort((one, other) => sign * compare(one[sortBy], other[sortBy]));
    note(exchange, { succeeded: true, info: `resolver: ${resolver.name}` });
    return reply({
      page,
      pageSize: size ?? users.length,
      totalPages: size === null ? 1 : Math.ceil(users.length / size),
      totalRecords: users.length,
      pageRecords: size === null ? (page === 0 ? users : []) : users.slice(page * size, (page + 1) * size),
    });
  }

  @GetsOnly(':name/users/:userId', { right: 'own', summary: 'One user of a resolver' })
  async user(
    @Req() { exchange }: ExchangeRequest,
    @Param('name') name: string,
    @Param('userId') userId: string,
  ): Promise<LegacyReply> {
    const resolver = this.#resolver(name, exchange);
    const user = await this.directory.byId(resolver, cleanText(userId));
    if (!user) {
      const text = `Could not find a user with ID ${userId} in resolver ${resolver.name}.`;
      throw new WireError(UNSPECIFIC, text, { httpStatus: 404 });
    }
    note(exchange, { succeeded: true, info: `resolver: ${resolver.name}` });
    return reply(directoryUser({ resolver, user }));
  }

  /** A resolver whose users may be listed: it is in a realm for which that is granted. */
  #resolver(name: string, exchange: Exchange): ResolverDefinition {
    const { realms, resolvers } = this.configuration.current();
    const itsRealms = [...realms.values()].filter((realm) => realm.resolvers.includes(name));
    if (
      !rightsOf(exchange)
        .realmsFor('userlist')
        .hasOneOf(itsRealms.map((realm) => realm.name))
    ) {
      throw new WireError(410, 'Admin has no rights to list users in the requested resolver.');
    }
    const resolver = resolvers.get(name);
    if (resolver) return resolver;
    throw new WireError(UNSPECIFIC, `Could not find a resolver with this name: ${name}`, { httpStatus: 500 });
  }
}

function resolverBrokeOff(resolver: ResolverDefinition): WireError {
  return new WireError(UNSPECIFIC, `Resolver ${resolver.name} does not answer`, { httpStatus: 503 });
}

function countOf(name: string, parameters: Parameters): number | null {
  const text = parameters.text(name);
  if (text === null || text === '') return null;
  const value = pythonInteger(text);
  if (value === null) throw new WireError(UNSPECIFIC, invalidInteger(text), { httpStatus: 500 });
  return Math.max(0, value);
}

/** Numbers by size, texts by their characters, empty ones first. */
function compare(one: unknown, other: unknown): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  const [a, b] = [textOf(one), textOf(other)];
  return a < b ? -1 : Number(a > b);
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
