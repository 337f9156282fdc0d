import { Invalid, matchesWildcards } from '@app/kernel';
import {
  Configuration,
  type ListedUser,
  ListUsers,
  type LoginName,
  type ResolverDefinition,
  resolversOfRealm,
} from '@app/realms';
import { type TokenFilter, TokenList, type TokenQuery } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import type { Parameters } from '../../envelope/parameters/parameters.js';
import { UsersDenied } from '../../envelope/errors/right-missing.js';
import { rightsOf } from '../../envelope/access/rights.guard.js';
import { UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';
import { type ExchangeRequest, note } from '../../exchange.js';
import { OwnerFilter } from '../admin/list/owner-filter.js';
import { SORT_KEYS } from '../admin/list/token-list.controller.js';
import {
  noSuchPage,
  permittedRealms,
  realmFilter,
  shownRealms,
  sortKey,
  textFilter,
} from '../admin/list/token-query.js';
import { pythonInteger } from '../python-text.js';
import { resolverSpecification } from '../users/resolver-names.js';
import { TokenRecords } from '../tokens/token-record.js';

const ROWS_ON_A_PAGE = 20;
/** A list that is sorted here is in memory as a whole. */
const MOST_USERS = 50_000;

/** Cells of a user's row; also what users are sorted by (spec/admin-api §5.1). */
const USER_COLUMNS: Readonly<Record<string, (listed: ListedUser) => string>> = {
  username: ({ user }) => user.username,
  useridresolver: ({ resolver }) => {
    const [, className = ''] = resolverSpecification(resolver).split('.');
    return `${resolver.name} (${className})`;
  },
  surname: ({ user }) => user.surname,
  givenname: ({ user }) => user.givenName,
  email: ({ user }) => user.email,
  mobile: ({ user }) => user.mobile,
  phone: ({ user }) => user.phone,
  userid: ({ user }) => user.userId,
};

/** The lists of a portal, below `/manage` (spec/admin-api §5.1). */
@LegacyController('manage')
export class ManageListsController {
  constructor(
    private readonly configuration: Configuration,
    private readonly tokens: TokenList,
    private readonly records: TokenRecords,
    private readonly owners: OwnerFilter,
    private readonly listUsers: ListUsers,
  ) {}

  @Reads('tokenview_flexi', {
    right: 'own',
    summary: 'A page of tokens as rows of cells',
    parameters: [
      { name: 'page', description: 'from 1' },
      { name: 'rp', description: 'tokens on a page; 20' },
      { name: 'sortname', description: Object.keys(SORT_KEYS).join(', ') },
      { name: 'sortorder', description: 'desc reverses' },
      { name: 'qtype', description: 'loginname, all or realm: what query is' },
      { name: 'query', description: 'a login or a pattern with *; a part of a token; realms' },
    ],
  })
  async tokenview(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const { page, size } = pageOf(parameters);
    const query = await this.#tokensAsked(parameters, shownRealms(exchange));
    const { tokens, total } = await this.tokens.find({
      ...query,
      page: { offset: (page - 1) * size, limit: size },
    });
    if (page > 1 && page > Math.ceil(total / size)) throw noSuchPage();
    const records = await this.records.presentAll(tokens, { infoAsObject: false, userFields: [] });
    const rows = tokens.map((token, place) => {
      const record = records[place] ?? {};
      const cell = [
        token.serial,
        token.active,
        record['User.username'] ?? '',
        token.realms,
        record['LinOtp.TokenType'],
        token.failures,
        token.description,
        token.maxFailures,
        token.digits,
        token.lookAhead,
        token.syncWindow,
        token.owner?.userId ?? '',
        token.owner?.resolver ?? '',
      ];
      return { id: token.serial, cell };
    });
    note(exchange, { succeeded: true });
    return reply({ page, total, rows });
  }

  @Reads('userview_flexi', {
    right: 'own',
    summary: 'A page of users as rows of cells',
    parameters: [
      { name: 'realm', description: 'a realm, or a pattern with *; absent: the default realm' },
      { name: 'page', description: 'from 1' },
      { name: 'rp', description: 'users on a page; 20' },
      { name: 'sortname', description: Object.keys(USER_COLUMNS).join(', '), required: true },
      { name: 'sortorder', description: 'desc reverses' },
      { name: 'qtype', description: 'the field that query is about' },
      { name: 'query', description: 'a pattern with *' },
    ],
  })
  async userview(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const configuration = this.configuration.current();
    const wanted = (parameters.text('realm') || (configuration.settings.defaultRealm ?? '')).toLowerCase();
    // A pattern is no realm: it needs a right everywhere.
    if (!rightsOf(exchange).realmsFor('userlist').has(wanted)) throw new UsersDenied(wanted);
    const sortName = parameters.text('sortname');
    const column =
      sortName !== null && Object.hasOwn(USER_COLUMNS, sortName) ? USER_COLUMNS[sortName] : undefined;
    if (!column) throw new WireError(UNSPECIFIC, sortName ?? 'None');
    const { page, size } = pageOf(parameters);
    const realms = [...configuration.realms.keys()].filter((name) => matchesWildcards(wanted, name));
    const resolvers = new Set(realms.flatMap((realm) => resolversOfRealm(configuration, realm)));
    const field = parameters.text('qtype') || 'username';
    const { users, unavailable } = await this.#users([...resolvers], field, parameters.text('query') || '*');
    const direction = parameters.text('sortorder') === 'desc' ? -1 : 1;
    const sorted = users
      .map((listed) => ({ listed, key: column(listed) }))
      .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) * direction);
    const rows = sorted.slice((page - 1) * size, page * size).map(({ listed }) => ({
      id: listed.user.username,
      cell: Object.values(USER_COLUMNS).map((valueOf) => valueOf(listed)),
    }));
    note(exchange, { succeeded: true, info: `realm: ${realms.join(', ')}` });
    return reply(
      { page, total: users.length, rows },
      unavailable.length > 0 ? { detail: { unavailable } } : {},
    );
  }

  async #users(
    resolvers: readonly ResolverDefinition[],
    field: string,
    pattern: string,
  ): Promise<{ users: ListedUser[]; unavailable: string[] }> {
    const listing = await this.listUsers.execute(resolvers, { fields: { [field]: pattern }, anyField: null });
    const users: ListedUser[] = [];
    try {
      for await (const listed of listing.users) {
        if (users.length >= MOST_USERS) {
          throw new Invalid('query', `query: more than ${MOST_USERS} users match; say more of the name`);
        }
        users.push(listed);
      }
    } finally {
      await listing.close();
    }
    return { users, unavailable: listing.unavailable.map(resolverSpecification) };
  }

  async #tokensAsked(parameters: Parameters, within: readonly string[] | null): Promise<TokenQuery> {
    const kind = parameters.text('qtype');
    const given = parameters.text('query');
    const text = given ?? '';
    if (kind === 'loginname' && given === null) {
      throw new WireError(UNSPECIFIC, `Missing parameter: 'query'`);
    }
    const configuration = this.configuration.current();
    const realms = kind === 'realm' ? (permittedRealms(realmFilter(text, configuration), within) ?? {}) : {};
    const isText = kind === 'all' && text !== '';
    const filter: TokenFilter = {
      within,
      ...realms,
      ...(isText && textFilter(text, await this.tokens.ownerResolvers())),
    };
    // Whole: what follows an `@` is a realm where no login has it.
    const user: LoginName = { login: kind === 'loginname' ? text : '', realm: '', resolver: '' };
    const sort = {
      key: sortKey(parameters.text('sortname') || 'TokenSerialnumber', SORT_KEYS),
      descending: parameters.text('sortorder') === 'desc',
    };
    return { ...filter, ...(await this.owners.of(user, filter)), sort };
  }
}

function pageOf(parameters: Parameters): { page: number; size: number } {
  const page = Math.max(1, pythonInteger(parameters.text('page') ?? '') ?? 1);
  const size = pythonInteger(parameters.text('rp') ?? '') ?? ROWS_ON_A_PAGE;
  if (size < 1) throw noSuchPage();
  return { page, size };
}
