import { Configuration, UserDirectory, type UserRecord, userFields } from '@app/realms';
import { TokenList, UnknownToken } from '@app/tokens';
import { Req } from '@nestjs/common';

import { EnvelopeVersion, type LegacyReply, reply } from '../../envelope/envelope.js';
import { GetsOnly, LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import { rightsOf } from '../../envelope/access/rights.guard.js';
import { NotAuthenticated, WireError } from '../../envelope/errors/wire-error.js';
import type { AdminIdentity, ExchangeRequest } from '../../exchange.js';
import { RawReply } from '../../server/raw-reply.js';
import { shownRealms } from '../admin/list/token-query.js';
import { pythonList } from '../python-text.js';
import { TokenRecords } from '../tokens/token-record.js';
import { permissionsOf } from './permissions.js';
import { COPYRIGHT } from '../copyright.js';

const PLAIN = { infoAsObject: false, userFields: [] };

/** What a portal reads about itself and about one token, below `/manage` (spec/admin-api §5.1). */
@LegacyController('manage')
export class ManageController {
  constructor(
    private readonly version: EnvelopeVersion,
    private readonly configuration: Configuration,
    private readonly directory: UserDirectory,
    private readonly tokens: TokenList,
    private readonly records: TokenRecords,
  ) {}

  @GetsOnly('context', {
    right: 'login',
    audited: false,
    summary: 'Who is logged in, and what they may do',
  })
  async context(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { administrator } = exchange;
    if (!administrator) throw new NotAuthenticated();
    const detail = {
      version: this.version.text,
      copyright: COPYRIGHT,
      user: await this.#user(administrator),
      permissions: permissionsOf(rightsOf(exchange), this.configuration.current().realms.keys()),
    };
    return reply(true, { detail });
  }

  @Reads('tokeninfo', {
    right: 'own',
    audited: false,
    summary: 'One token as a table',
    parameters: [{ name: 'serial', description: 'of the token', required: true }],
  })
  async tokeninfo(@Req() { exchange }: ExchangeRequest): Promise<RawReply> {
    const within = shownRealms(exchange);
    const serial = exchange.parameters.text('serial');
    if (serial === null) throw new WireError(905, `Missing parameter: 'serial'`);
    const sort = { key: 'id', descending: false } as const;
    const { tokens } = await this.tokens.find({ within, serial, sort, page: { offset: 0, limit: 1 } });
    const [record] = await this.records.presentAll(tokens, PLAIN);
    if (!record) throw new UnknownToken(serial);
    const rows = Object.entries(record).map(
      ([key, value]) => `<tr><td>${escaped(key)}</td><td>${escaped(shown(value))}</td></tr>\n`,
    );
    return new RawReply(`<table>\n${rows.join('')}</table>\n`, 'text/html; charset=utf-8');
  }

  @Reads('custom_style', {
    right: 'login',
    audited: false,
    summary: 'Nothing: a style sheet that nobody has written',
  })
  customStyle(): RawReply {
    return new RawReply('', 'text/css; charset=utf-8');
  }

  /** A directory that does not answer keeps nobody from working. */
  async #user({ username, realm, resolver }: AdminIdentity): Promise<object> {
    const definition = this.configuration.current().resolvers.get(resolver);
    let record: UserRecord | null = null;
    try {
      record = definition ? await this.directory.byLogin(definition, username) : null;
    } catch {
      record = null;
    }
    const fields = record ? userFields(record) : null;
    const of = (name: string) => fields?.[name] ?? '';
    return {
      userid: fields?.['userid'] ?? username,
      username,
      phone: of('phone'),
      mobile: of('mobile'),
      email: of('email'),
      surname: of('surname'),
      givenname: of('givenname'),
      // LinOTP keeps its own administrators in one table with this column.
      ...(definition?.type === 'local-administrators' && { groupid: resolver }),
      realm,
      resolver,
    };
  }
}

function shown(value: unknown): string {
  return Array.isArray(value) ? pythonList(value.map(String)) : String(value);
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
