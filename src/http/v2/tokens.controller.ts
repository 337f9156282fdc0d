import { cleanText } from '@app/kernel';
import { Configuration, FindUser, parseLoginName } from '@app/realms';
import { type ListedToken, TokenList, type TokenQuery, type TokenSortKey, tokenType } from '@app/tokens';
import { Param, Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../envelope/envelope.js';
import { GetsOnly, LegacyController } from '../envelope/legacy-controller.js';
import type { Parameters } from '../envelope/parameters.js';
import { UNSPECIFIC, WireError } from '../envelope/wire-error.js';
import { type ExchangeRequest, note } from '../exchange.js';
import {
  noSuchPage,
  realmFilter,
  shownRealms,
  sortKey,
  textFilter,
  userFilter,
} from '../legacy/admin/token-query.js';
import { invalidInteger, pythonInteger } from '../legacy/python-text.js';
import { ownerResolverType } from '../legacy/resolver-names.js';
import { type FoundOwner, TokenOwners } from '../legacy/token-owners.js';
import { ORPHANED } from '../legacy/token-record.js';
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
    private readonly findUser: FindUser,
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
      { name: 'username', description: 'owner’s login' },
      { name: 'realm', description: 'realms; patterns with *' },
    ],
  })
  async list(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const { query, page, size } = await this.#query(parameters, shownRealms(exchange));
    const { tokens, total } = await this.tokens.find(query);
    const pages = size === 0 ? 1 : Math.ceil(total / size);
    if (page > 0 && page >= pages) throw noSuchPage();
    const pageRecords = await this.#presentAll(tokens);
    note(exchange, { succeeded: true });
    const pageSize = size === 0 ? pageRecords.length : size;
    return reply({ page, pageSize, totalPages: pages, totalRecords: total, pageRecords });
  }

  @GetsOnly(':serial', { right: 'own', summary: 'One token' })
  async one(@Req() { exchange }: ExchangeRequest, @Param('serial') serial: string): Promise<LegacyReply> {
    const { tokens } = await this.tokens.find({
      within: shownRealms(exchange),
      serial: cleanText(serial),
      sort: { key: 'id', descending: false },
    });
    if (tokens.length > 1) {
      throw new WireError(UNSPECIFIC, `Multiple tokens found with serial ${serial}`);
    }
    const [token] = tokens;
    note(exchange, {
      succeeded: true,
      ...(token && { serial: token.serial, tokenType: tokenType(token.type).label }),
    });
    const [record = {}] = await this.#presentAll(token ? [token] : []);
    return reply(record);
  }

  async #query(
    parameters: Parameters,
    within: readonly string[] | null,
  ): Promise<{ query: TokenQuery; page: number; size: number }> {
    const configuration = this.configuration.current();
    const page = count(parameters, 'page', 0);
    const size = count(parameters, 'pageSize', configuration.settings.pageSize);
    const resolver = parameters.text('resolverName');
    if (resolver !== null && !configuration.resolvers.has(resolver)) {
      throw new WireError(UNSPECIFIC, `Could not find a resolver with this name: ${resolver}`);
    }
    const userId = parameters.text('userId');
    const user = await userFilter(
      parseLoginName({ user: cleanText(parameters.text('username') ?? ''), realm: '', resolver: '' }, true),
      configuration,
      this.findUser,
    );
    const realms = realmFilter((parameters.text('realm') ?? '*').toLowerCase(), configuration);
    refuseOtherRealms(realms.realms, within);
    const query: TokenQuery = {
      within,
      ...realms,
      ...textFilter(parameters.text('searchTerm') ?? ''),
      ...(userId !== null && { userId }),
      ...(resolver !== null && { resolver }),
      ...user,
      sort: {
        key: sortKey(parameters.text('sortBy') || 'serial', SORT_KEYS),
        descending: parameters.text('sortOrder') === 'desc',
      },
      ...(size > 0 && { page: { offset: page * size, limit: size } }),
    };
    return { query, page, size };
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

/** v2 says so where nothing that was asked for may be seen; `/admin/show` lists nothing (spec/admin-api §4.1). */
function refuseOtherRealms(asked: TokenQuery['realms'], within: readonly string[] | null): void {
  if (!within || !asked || asked === 'none' || asked.some((realm) => within.includes(realm))) return;
  throw new WireError(410, 'You dont have permissions on any of your requested realms.');
}

function count(parameters: Parameters, name: string, byDefault: number): number {
  const text = parameters.text(name);
  if (text === null) return byDefault;
  const value = pythonInteger(text);
  if (value === null) throw new WireError(UNSPECIFIC, invalidInteger(text));
  if (value < 0) throw new WireError(UNSPECIFIC, `${name} must not be negative`);
  return value;
}
