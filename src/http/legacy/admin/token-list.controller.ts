import { Configuration, FindUser } from '@app/realms';
import { type TokenQuery, TokenList, type TokenSortKey } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { LegacyController, Reads } from '../../envelope/legacy-controller.js';
import { loginNameOf } from '../../envelope/named-user.js';
import type { Parameters } from '../../envelope/parameters.js';
import { type ExchangeRequest, note } from '../../exchange.js';
import { RawReply } from '../../server/raw-reply.js';
import { pythonInteger, pythonList, pythonQuoted } from '../python-text.js';
import { type TokenRecord, TokenRecords } from '../token-record.js';
import { noSuchPage, realmFilter, shownRealms, sortKey, textFilter, userFilter } from './token-query.js';

const SORT_KEYS: Readonly<Record<string, TokenSortKey>> = {
  TokenDesc: 'description',
  TokenId: 'id',
  TokenType: 'type',
  TokenSerialnumber: 'serial',
  IdResolver: 'resolver',
  IdResClass: 'resolver',
  Userid: 'userId',
  FailCount: 'failures',
  Count: 'counter',
  Isactive: 'active',
  CreationDate: 'createdAt',
  LastAuthMatch: 'lastMatchAt',
  LastAuthSuccess: 'lastSuccessAt',
};

const FALLBACK_PAGE_SIZE = 20;

/** `/admin/show` (spec/admin-api §3.1). */
@LegacyController('admin')
export class TokenListController {
  constructor(
    private readonly tokens: TokenList,
    private readonly records: TokenRecords,
    private readonly configuration: Configuration,
    private readonly findUser: FindUser,
  ) {}

  @Reads('show', {
    right: 'own',
    summary: 'List tokens',
    parameters: [
      { name: 'serial', description: 'serial, or a pattern with *' },
      { name: 'user', description: "owner; '' for tokens without one" },
      { name: 'viewrealm', description: 'realms, comma-separated; patterns with *' },
      { name: 'filter', description: 'part of description, serial, type, user id or resolver' },
      { name: 'sortby', description: Object.keys(SORT_KEYS).join(', ') },
      { name: 'sortdir', description: 'desc reverses' },
      { name: 'page', description: 'from 1; absent: all' },
      { name: 'pagesize', description: 'tokens on a page' },
      { name: 'user_fields', description: 'owner attributes to add, comma-separated' },
      { name: 'outform', description: 'csv' },
      { name: 'tokeninfo_format', description: 'json: LinOtp.TokenInfo as an object' },
    ],
  })
  async show(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply | RawReply> {
    const { parameters } = exchange;
    const query = { ...(await this.#query(parameters)), within: shownRealms(exchange) };
    const { tokens, total } = await this.tokens.find(query);
    const page = query.page ? query.page.offset / query.page.limit + 1 : 1;
    const pageSize = query.page?.limit ?? total;
    const pages = query.page ? Math.ceil(total / query.page.limit) : 1;
    if (query.page && page > 1 && page > pages) throw noSuchPage();

    const options = {
      infoAsObject: parameters.text('tokeninfo_format') === 'json',
      userFields: (parameters.text('user_fields') ?? '')
        .split(',')
        .map((field) => field.trim())
        .filter((field) => field !== ''),
    };
    const data = await this.records.presentAll(tokens, options);

    const realm = parameters.text('viewrealm') || parameters.text('realm') || '*';
    const filter = parameters.text('filter');
    note(exchange, {
      succeeded: true,
      info: `realm: ${pythonList([realm])}, filter: ${filter === null ? 'None' : pythonQuoted(filter)}`,
    });
    if (parameters.text('outform') === 'csv') return csvReply(data);
    return reply({ data, resultset: { pages, pagesize: pageSize, tokens: total, page } });
  }

  async #query(parameters: Parameters): Promise<Omit<TokenQuery, 'within'>> {
    const configuration = this.configuration.current();
    const serial = parameters.text('serial');
    const realms = parameters.text('viewrealm') || parameters.text('realm') || '*';
    return {
      ...realmFilter(realms, configuration),
      ...textFilter(parameters.text('filter') ?? ''),
      ...(serial !== null && { serial }),
      ...(await userFilter(loginNameOf(parameters, configuration), configuration, this.findUser)),
      sort: {
        key: sortKey(parameters.text('sortby') || 'TokenDesc', SORT_KEYS),
        descending: parameters.text('sortdir') === 'desc',
      },
      ...pageOf(parameters, configuration.settings.pageSize),
    };
  }
}

function pageOf(parameters: Parameters, byDefault: number): Pick<TokenQuery, 'page'> {
  const text = parameters.text('page');
  if (text === null) return {};
  const page = Math.max(1, pythonInteger(text) ?? 1);
  const given = parameters.text('pagesize');
  const limit = given ? (pythonInteger(given) ?? FALLBACK_PAGE_SIZE) : byDefault;
  // LinOTP 4.0 refuses a page of no size, 3.4 answers an empty one (spec/admin-api §3.1).
  if (limit < 1) throw noSuchPage();
  return { page: { offset: (page - 1) * limit, limit } };
}

/** LinOTP's own CSV: `'value'; ` for every cell, no escaping (spec/admin-api §1.6). */
function csvReply(data: readonly TokenRecord[]): RawReply {
  const lines = data.map((record) => cells(Object.values(record).map(csvValue)));
  const [first] = data;
  const body = first ? [cells(Object.keys(first)), ...lines].join('') : '';
  return new RawReply(body, 'application/force-download', {
    headers: { 'content-disposition': 'attachment; filename=linotp-tokendata.csv' },
  });
}

function cells(values: readonly string[]): string {
  return `${values.map((value) => `'${value}'; `).join('')}\n`;
}

function csvValue(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return pythonList(value.map(String));
  if (typeof value === 'object' && value !== null) return JSON.stringify(value);
  return String(value).replaceAll('\n', ' ');
}
