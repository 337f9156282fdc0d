import { Configuration } from '@app/realms';
import {
  AmbiguousToken,
  type ListedToken,
  type TokenFilter,
  TokenList,
  type TokenPage,
  type TokenQuery,
  type TokenSortKey,
  UnknownToken,
} from '@app/tokens';
import { Req } from '@nestjs/common';

import { Envelopes, type LegacyAnswer, reply } from '../../../envelope/envelope.js';
import { LegacyController, Reads } from '../../../envelope/routes/legacy-controller.js';
import { loginNameOf } from '../../../envelope/parameters/named-user.js';
import type { Parameters } from '../../../envelope/parameters/parameters.js';
import { type ExchangeRequest, note } from '../../../exchange.js';
import { pythonInteger, pythonList, pythonQuoted } from '../../python-text.js';
import { type RecordOptions, TokenRecords } from '../../tokens/token-record.js';
import { OwnerFilter } from './owner-filter.js';
import { presented } from './presented.js';
import { csvOf } from './token-csv.js';
import { noSuchPage, permittedRealms, realmFilter, shownRealms, sortKey, textFilter } from './token-query.js';

export const SORT_KEYS: Readonly<Record<string, TokenSortKey>> = {
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
    private readonly owners: OwnerFilter,
    private readonly envelopes: Envelopes,
  ) {}

  @Reads('show', {
    right: 'own',
    summary: 'List tokens',
    parameters: [
      { name: 'serial', description: 'serial, or a pattern with *' },
      {
        name: 'user',
        description: `owner, or a pattern with *; '' for tokens without one, /:no user info:/ for those whose owner is gone`,
      },
      { name: 'realm', description: 'of the user; and as viewrealm, unless that is given' },
      { name: 'resConf', description: 'only owners from this resolver' },
      { name: 'viewrealm', description: 'realms, comma-separated; patterns with *; /:no realm:/' },
      {
        name: 'filter',
        description: 'part of description, serial, type, user id or resolver; /:active:/, /:inactive:/',
      },
      { name: 'sortby', description: Object.keys(SORT_KEYS).join(', ') },
      { name: 'sortdir', description: 'desc reverses' },
      { name: 'page', description: 'from 1; absent: all' },
      { name: 'pagesize', description: 'tokens on a page' },
      { name: 'user_fields', description: 'owner attributes to add, comma-separated' },
      { name: 'outform', description: 'csv' },
      { name: 'tokeninfo_format', description: 'json: LinOtp.TokenInfo as an object' },
    ],
  })
  async show(@Req() { exchange }: ExchangeRequest): Promise<LegacyAnswer> {
    const { parameters } = exchange;
    const asked = this.#realms(parameters, shownRealms(exchange));
    const page = pageOf(parameters, this.configuration.current().settings.pageSize);
    const query = await this.#query(parameters, asked.filter);
    const filter = parameters.text('filter');
    const options = {
      infoAsObject: parameters.text('tokeninfo_format') === 'json',
      userFields: (parameters.text('user_fields') ?? '')
        .split(',')
        .map((field) => field.trim())
        .filter((field) => field !== ''),
    };
    const isCsv = parameters.text('outform') === 'csv';
    const answer = await (page ? this.#page(query, page, options, isCsv) : this.#all(query, options, isCsv));
    note(exchange, {
      succeeded: true,
      info: `realm: ${pythonList(asked.named)}, filter: ${filter === null ? 'None' : pythonQuoted(filter)}`,
    });
    return answer;
  }

  async #page(
    query: TokenQuery,
    page: TokenPage,
    options: RecordOptions,
    isCsv: boolean,
  ): Promise<LegacyAnswer> {
    const { tokens, total } = await this.tokens.find({ ...query, page });
    const number = page.offset / page.limit + 1;
    const pages = Math.ceil(total / page.limit);
    if (number > 1 && number > pages) throw noSuchPage();
    const data = await this.records.presentAll(tokens, options);
    if (isCsv) return csvOf([data]);
    return reply({ data, resultset: { pages, pagesize: page.limit, tokens: total, page: number } });
  }

  async #all(query: TokenQuery, options: RecordOptions, isCsv: boolean): Promise<LegacyAnswer> {
    const reading = await this.tokens.read(query);
    const present = (tokens: readonly ListedToken[]) => this.records.presentAll(tokens, options);
    const batches = presented(reading.batches, present);
    if (isCsv) return csvOf(batches, () => reading.close());
    const { total } = reading;
    const after = () => ({ resultset: { pages: 1, pagesize: total, tokens: total, page: 1 } });
    return this.envelopes.list({ before: {}, name: 'data', batches, after }, total, () => reading.close());
  }

  /** A realm that the administrator may not see is passed over: the list is that of all that they see. */
  #realms(
    parameters: Parameters,
    within: readonly string[] | null,
  ): { filter: TokenFilter; named: readonly string[] } {
    const text = parameters.text('viewrealm') || parameters.text('realm') || '*';
    const permitted = permittedRealms(realmFilter(text, this.configuration.current()), within);
    const named = text.split(',').map((name) => name.trim());
    if (!within) return { filter: { within, ...permitted }, named };
    return permitted?.realms && permitted.realms !== 'none'
      ? { filter: { within, ...permitted }, named: permitted.realms }
      : { filter: { within }, named: within };
  }

  async #query(parameters: Parameters, realms: TokenFilter): Promise<TokenQuery> {
    const serial = parameters.text('serial');
    if (serial) await this.#checkSerial(serial, realms);
    const text = parameters.text('filter') ?? '';
    const filter: TokenFilter = {
      ...realms,
      ...textFilter(text, text === '' ? [] : await this.tokens.ownerResolvers()),
      ...(serial !== null && { serial }),
    };
    const user = loginNameOf(parameters, this.configuration.current());
    return {
      ...filter,
      ...(await this.owners.of(user, filter)),
      sort: {
        key: sortKey(parameters.text('sortby') || 'TokenDesc', SORT_KEYS),
        descending: parameters.text('sortdir') === 'desc',
      },
    };
  }

  /**
   * Where realms restrict the list, a serial must name one token (spec/admin-api §3.1). A pattern is only tried on what the
   * administrator sees: else serials of other realms could be guessed letter by letter.
   *
   * @throws UnknownToken, AmbiguousToken
   */
  async #checkSerial(serial: string, { within, realms }: TokenFilter): Promise<void> {
    if (!within && !realms) return;
    const hits = await this.tokens.count({ within: serial.includes('*') ? within : null, serial });
    if (hits === 0) throw new UnknownToken(serial);
    if (hits > 1) throw new AmbiguousToken(serial);
  }
}

function pageOf(parameters: Parameters, byDefault: number): TokenPage | null {
  const text = parameters.text('page');
  if (text === null) return null;
  const page = Math.max(1, pythonInteger(text) ?? 1);
  const given = parameters.text('pagesize');
  const limit = given ? (pythonInteger(given) ?? FALLBACK_PAGE_SIZE) : byDefault;
  // LinOTP 4.0 refuses a page of no size, 3.4 answers an empty one (spec/admin-api §3.1).
  if (limit < 1) throw noSuchPage();
  return { offset: (page - 1) * limit, limit };
}
