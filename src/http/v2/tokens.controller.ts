import { cleanText } from '@app/kernel';
import { Configuration, type LoginName, parseLoginName } from '@app/realms';
import {
  type ListedToken,
  type TokenFilter,
  TokenList,
  type TokenQuery,
  type TokenSortKey,
  tokenType,
  UnknownToken,
} from '@app/tokens';
import { Param, Req } from '@nestjs/common';

import { Envelopes, type LegacyAnswer, type LegacyReply, reply } from '../envelope/envelope.js';
import { GetsOnly, LegacyController } from '../envelope/routes/legacy-controller.js';
import type { Parameters } from '../envelope/parameters/parameters.js';
import { UNSPECIFIC, WireError } from '../envelope/errors/wire-error.js';
import { type ExchangeRequest, note } from '../exchange.js';
import { OwnerFilter } from '../legacy/admin/list/owner-filter.js';
import { presented } from '../legacy/admin/list/presented.js';
import {
  noSuchPage,
  permittedRealms,
  realmFilter,
  shownRealms,
  sortKey,
  textFilter,
} from '../legacy/admin/list/token-query.js';
import { ownerResolverType } from '../legacy/users/resolver-names.js';
import { type FoundOwner, TokenOwners } from '../legacy/tokens/token-owners.js';
import { ORPHANED } from '../legacy/tokens/token-record.js';
import { countParameter } from './count-parameter.js';
import { tokenFields } from './token-fields.js';

const SORT_KEYS: Readonly<Record<string, TokenSortKey>> = {
  id: 'id',
  serial: 'serial',
  isActive: 'active',
  type: 'type',
  failedLogins: 'failures',
  description: 'description',
  userId: 'userId',
  resolver: 'resolver',
  resolverClass: 'resolver',
  otpCounter: 'counter',
  creationDate: 'createdAt',
  lastAuthenticationMatch: 'lastMatchAt',
  lastSuccessfulLoginAttempt: 'lastSuccessAt',
};

/** `/api/v2/tokens/` (spec/admin-api §4.1, §4.2). */
@LegacyController('api/v2/tokens')
export class TokensController {
  constructor(
    private readonly tokens: TokenList,
    private readonly owners: TokenOwners,
    private readonly configuration: Configuration,
    private readonly ownerFilter: OwnerFilter,
    private readonly envelopes: Envelopes,
  ) {}

  @GetsOnly('/', {
    right: 'own',
    summary: 'List tokens',
    parameters: [
      { name: 'page', description: 'from 0' },
      { name: 'pageSize', description: 'tokens on a page; 0: all' },
      { name: 'sortBy', description: Object.keys(SORT_KEYS).join(', ') },
      { name: 'sortOrder', description: 'desc reverses' },
      { name: 'searchTerm', description: 'part of description, serial, type, user id or resolver' },
      { name: 'userId', description: 'owner’s user id' },
      { name: 'resolverName', description: 'owner’s resolver' },
      { name: 'username', description: 'owner’s login, or a pattern with *; as user of /admin/show' },
      { name: 'realm', description: 'realms, comma-separated; patterns with *' },
    ],
  })
  async list(@Req() { exchange }: ExchangeRequest): Promise<LegacyAnswer> {
    const { parameters } = exchange;
    const page = countParameter(parameters, 'page', 0);
    const size = countParameter(parameters, 'pageSize', this.configuration.current().settings.pageSize);
    const query = await this.#query(parameters, shownRealms(exchange));
    const answer = await (size === 0 ? this.#all(query, page) : this.#page(query, page, size));
    note(exchange, { succeeded: true });
    return answer;
  }

  @GetsOnly(':serial', {
    right: 'own',
    summary: 'One token',
    parameters: [{ name: 'user', description: 'only if it is theirs; as user of /admin/show' }],
  })
  async one(@Req() { exchange }: ExchangeRequest, @Param('serial') given: string): Promise<LegacyReply> {
    const serial = cleanText(given);
    const filter: TokenFilter = { within: shownRealms(exchange), serial };
    const user = this.#userNamed(exchange.parameters, 'user', '');
    const query = { ...filter, ...(await this.ownerFilter.of(user, filter)) };
    const { tokens, total } = await this.tokens.find({
      ...query,
      sort: { key: 'id', descending: false },
      page: { offset: 0, limit: 1 },
    });
    if (total > 1) throw new WireError(UNSPECIFIC, `Multiple tokens found with serial ${serial}`);
    const [token] = tokens;
    if (!token && filter.within) await this.#checkThatItIs(serial);
    note(exchange, {
      succeeded: true,
      ...(token && { serial: token.serial, tokenType: tokenType(token.type).label }),
    });
    const [record = {}] = await this.#presentAll(tokens);
    return reply(record);
  }

  /** For administrators of some realms alone; a pattern must not tell what there is in others. @throws UnknownToken */
  async #checkThatItIs(serial: string): Promise<void> {
    const isThere = !serial.includes('*') && (await this.tokens.count({ within: null, serial })) > 0;
    if (!isThere) throw new UnknownToken(serial);
  }

  async #page(query: TokenQuery, page: number, size: number): Promise<LegacyAnswer> {
    const { tokens, total } = await this.tokens.find({
      ...query,
      page: { offset: page * size, limit: size },
    });
    const pages = Math.ceil(total / size);
    if (page > 0 && page >= pages) throw noSuchPage();
    const pageRecords = await this.#presentAll(tokens);
    return reply({ page, pageSize: size, totalPages: pages, totalRecords: total, pageRecords });
  }

  async #all(query: TokenQuery, page: number): Promise<LegacyAnswer> {
    if (page > 0) throw noSuchPage();
    const { total, batches, close } = await this.tokens.read(query);
    const before = { page, pageSize: total, totalPages: 1, totalRecords: total };
    const list = {
      before,
      name: 'pageRecords',
      batches: presented(batches, (tokens) => this.#presentAll(tokens)),
      after: () => ({}),
    };
    return this.envelopes.list(list, total, close);
  }

  async #query(parameters: Parameters, within: readonly string[] | null): Promise<TokenQuery> {
    const configuration = this.configuration.current();
    const resolver = parameters.text('resolverName');
    if (resolver !== null && !configuration.resolvers.has(resolver)) {
      throw new WireError(UNSPECIFIC, `Could not find a resolver with this name: ${resolver}`);
    }
    const sort = {
      key: sortKey(parameters.text('sortBy') || 'serial', SORT_KEYS),
      descending: parameters.text('sortOrder') === 'desc',
    };
    const realmList = cleanText(parameters.text('realm') ?? '*').toLowerCase();
    const realms = permittedRealms(realmFilter(realmList, configuration), within);
    // v2 says so where nothing that was asked for may be seen; `/admin/show` passes it over.
    if (!realms) throw new WireError(410, 'You dont have permissions on any of your requested realms.');
    const text = parameters.text('searchTerm') ?? '';
    const userId = parameters.text('userId');
    const filter: TokenFilter = {
      within,
      ...realms,
      ...textFilter(text, text === '' ? [] : await this.tokens.ownerResolvers()),
      ...(userId !== null && { userId }),
      ...(resolver !== null && { resolver }),
    };
    const user = this.#userNamed(parameters, 'username', realmList);
    return { ...filter, ...(await this.ownerFilter.of(user, filter)), sort };
  }

  /** A realm in the name itself goes before those that the list is restricted to. */
  #userNamed(parameters: Parameters, parameter: string, realms: string): LoginName {
    const { splitAtSign } = this.configuration.current().settings;
    const user = cleanText(parameters.text(parameter) ?? '');
    const name = parseLoginName({ user, realm: '', resolver: '' }, splitAtSign);
    return name.realm === '' ? { ...name, realm: realms } : name;
  }

  async #presentAll(tokens: readonly ListedToken[]): Promise<object[]> {
    const owners = await this.owners.ofAll(tokens);
    return tokens.map((token, place) => {
      const { beforeOwner, afterOwner } = tokenFields(token);
      return { ...beforeOwner, userInfo: userInfo(token, owners[place] ?? null), ...afterOwner };
    });
  }
}

/** Without a name where nobody answered for the owner: they are not gone. */
function userInfo({ owner }: ListedToken, found: FoundOwner): object | null {
  if (!owner) return null;
  const { resolver, resolverType, userId } = owner;
  const idResolverInfo = { resolverName: resolver, resolverClass: ownerResolverType(resolverType) };
  if (found === null || found === 'away') {
    return { userId, username: null, userDescription: null, idResolverInfo };
  }
  if (found === 'orphaned') {
    return { userId: ORPHANED, username: ORPHANED, userDescription: '', idResolverInfo };
  }
  return { userId, username: found.username, userDescription: found.description, idResolverInfo };
}
