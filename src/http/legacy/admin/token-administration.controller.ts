import type { AuditContext } from '@app/audit';
import { Denied } from '@app/kernel';
import { Configuration } from '@app/realms';
import {
  AssignTokens,
  type ListedToken,
  type NewPin,
  RemoveTokens,
  ResetFailures,
  ResyncTokens,
  SwitchTokens,
  TokenList,
  UnassignToken,
  tokensOf,
} from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { Changes, LegacyController } from '../../envelope/routes/legacy-controller.js';
import { WireError, missingParameter } from '../../envelope/errors/wire-error.js';
import { type Exchange, type ExchangeRequest, note } from '../../exchange.js';
import { resyncQuestions } from '../question-parameters.js';
import { withEnvelopeId } from '../../envelope/errors/legacy-errors.js';
import { RequestUsers, permitted } from '../users/request-user.js';
import { requiredText } from '../required-text.js';
import { TokenOwners } from '../tokens/token-owners.js';
import { emptySelectionMessage, tokenRights, tokenTarget } from './token-target.js';

const SERIAL = { name: 'serial', description: 'serial of the token' };
const SERIAL_OR_PATTERN = { name: 'serial', description: 'serial, or a pattern with *' };
const USER = { name: 'user', description: 'login or login@realm' };
/** More names than a record has room for. */
const MOST_NAMED = 20;
const REALM = { name: 'realm', description: 'realm of the user' };

/** `/admin/assign` … `/admin/resync` (spec/admin-api §3.4 to §3.10). */
@LegacyController('admin')
export class TokenAdministrationController {
  constructor(
    private readonly assignTokens: AssignTokens,
    private readonly unassignToken: UnassignToken,
    private readonly switchTokens: SwitchTokens,
    private readonly removeTokens: RemoveTokens,
    private readonly resetFailures: ResetFailures,
    private readonly resyncTokens: ResyncTokens,
    private readonly configuration: Configuration,
    private readonly users: RequestUsers,
    private readonly owners: TokenOwners,
    private readonly tokens: TokenList,
  ) {}

  @Changes('assign', {
    right: 'own',
    countsTokens: true,
    summary: 'Give tokens to a user',
    parameters: [SERIAL, USER, REALM, { name: 'pin', description: 'sets the PIN' }],
  })
  async assign(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const serials = parameters.list('serial').filter((serial) => serial !== '');
    const rights = tokenRights(exchange, 'assign');
    rights.demandAnywhere(serials[0] ?? null);
    if (serials.length === 0) {
      note(exchange, { succeeded: true });
      return reply(true, { id: 0 });
    }
    let newPins: readonly NewPin[];
    try {
      const user = permitted(await this.users.lookup(parameters), ({ realm }) =>
        rights.demandForUser(realm, serials[0]),
      );
      const pin = parameters.text('pin');
      const configuration = this.configuration.current();
      newPins = await this.assignTokens.execute(
        serials,
        user,
        { pin },
        configuration,
        rights,
        exchange.audit,
      );
    } catch (error) {
      // A refusal of policies keeps its own (spec/admin-api §3.4).
      throw error instanceof Denied ? error : withEnvelopeId(error, 0);
    }
    exchange.isRecorded = true;
    const detail = newPins.length > 0 ? { new_pins: newPins } : undefined;
    return reply(true, { id: serials.length, detail });
  }

  @Changes('unassign', {
    right: 'own',
    countsTokens: true,
    summary: 'Take a token from its owner',
    parameters: [SERIAL],
  })
  async unassign(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const serial = exchange.parameters.text('serial');
    if (!serial) throw missingParameter('serial');
    const rights = tokenRights(exchange, 'unassign');
    await this.unassignToken.execute(
      serial,
      await this.#ownerLogins([serial]),
      this.configuration.current(),
      rights,
      exchange.audit,
    );
    exchange.isRecorded = true;
    return reply(true);
  }

  @Changes('enable', {
    right: 'own',
    countsTokens: true,
    summary: 'Enable tokens',
    parameters: [SERIAL_OR_PATTERN, USER, REALM],
  })
  async enable(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const rights = tokenRights(exchange, 'enable');
    rights.demandAnywhere(parameters.text('serial') || null);
    const user = await this.users.lookup(parameters);
    const target = tokenTarget(parameters, user, rights);
    const count = await this.switchTokens.execute(
      target,
      true,
      this.configuration.current(),
      rights,
      await this.#withOwners(exchange, target.serial === null ? [] : [target.serial]),
    );
    exchange.isRecorded = true;
    const serial = parameters.text('serial');
    // Recorded clients get an error here, unlike from disable (spec/admin-api §8, 6).
    if (count === 0 && serial) throw new WireError(1102, `No token with serial ${serial} found`);
    return reply(count, { detail: count === 0 ? emptySelectionMessage(parameters, user) : undefined });
  }

  @Changes('disable', {
    right: 'own',
    countsTokens: true,
    summary: 'Disable tokens',
    parameters: [SERIAL_OR_PATTERN, USER, REALM],
  })
  async disable(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const rights = tokenRights(exchange, 'disable');
    const user = await this.users.lookup(parameters);
    const target = tokenTarget(parameters, user, rights);
    const count = await this.switchTokens.execute(
      target,
      false,
      this.configuration.current(),
      rights,
      exchange.audit,
    );
    exchange.isRecorded = true;
    return reply(count, { detail: count === 0 ? emptySelectionMessage(parameters, user) : undefined });
  }

  @Changes('remove', {
    right: 'own',
    countsTokens: true,
    summary: 'Remove tokens',
    parameters: [SERIAL, USER, REALM],
  })
  async remove(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    return this.#remove(exchange);
  }

  /** An alias that LinOTP's documentation names. */
  @Changes('delete', {
    right: 'own',
    countsTokens: true,
    summary: 'Remove tokens',
    parameters: [SERIAL, USER, REALM],
  })
  async delete(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    return this.#remove(exchange);
  }

  @Changes('reset', {
    right: 'own',
    summary: 'Reset failure counters',
    parameters: [SERIAL_OR_PATTERN, USER, REALM],
  })
  async reset(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const rights = tokenRights(exchange, 'reset');
    const user = await this.users.lookup(parameters);
    const target = tokenTarget(parameters, user, rights);
    const count = await this.resetFailures.execute(target, rights, exchange.audit);
    exchange.isRecorded = true;
    return reply(count, { detail: count === 0 ? emptySelectionMessage(parameters, user) : undefined });
  }

  @Changes('resync', {
    right: 'own',
    summary: 'Synchronise a token by two consecutive one-time passwords',
    parameters: [
      { name: 'otp1', description: 'first value', required: true },
      { name: 'otp2', description: 'the value after it', required: true },
      { name: 'challenge1', description: 'the question that otp1 answers (ocra2)' },
      { name: 'challenge2', description: 'the question that otp2 answers (ocra2)' },
      SERIAL_OR_PATTERN,
      USER,
      REALM,
    ],
  })
  async resync(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const otp1 = requiredText(parameters, 'otp1');
    const otp2 = requiredText(parameters, 'otp2');
    const user = await this.users.lookup(parameters);
    const rights = tokenRights(exchange, 'resync');
    const target = tokenTarget(parameters, user, rights);
    const synchronised = await this.resyncTokens.execute(
      target,
      otp1,
      otp2,
      rights,
      exchange.audit,
      resyncQuestions(parameters),
    );
    exchange.isRecorded = true;
    return reply(synchronised);
  }

  async #remove(exchange: Exchange): Promise<LegacyReply> {
    const { parameters } = exchange;
    const serials = parameters.list('serial').filter((serial) => serial !== '');
    const user = await this.users.lookup(parameters);
    if (serials.length === 0 && !user) throw new WireError(905, 'missing parameter user or serial!');
    const rights = tokenRights(exchange, 'remove');
    if (user && user.kind !== 'found') rights.demandForUser(user.realm);
    const owner = user?.kind === 'found' ? tokensOf(user.user) : null;
    rights.demandAnywhere(serials[0] ?? null);
    const context = await this.#withOwners(exchange, serials);
    const count = await this.removeTokens.execute(
      serials,
      owner,
      this.configuration.current(),
      rights,
      context,
    );
    exchange.isRecorded = true;
    if (count > 0) return reply(count);
    const login = user?.kind === 'found' ? user.user.login : (user?.login ?? '');
    return reply(0, { detail: { message: `No tokens for this user '${login}'` } });
  }

  /** A record names whose tokens they were where the request does not say so itself. */
  async #withOwners({ audit }: Exchange, serials: readonly string[]): Promise<AuditContext> {
    const user = audit.user || (await this.#ownerLogins(serials));
    return { ...audit, user };
  }

  /** With blanks between them; poorer without those that are not known, or whose directory is away. */
  async #ownerLogins(serials: readonly string[]): Promise<string> {
    const found: ListedToken[] = [];
    for (const serial of serials.slice(0, MOST_NAMED)) {
      const { tokens } = await this.tokens.find({
        within: null,
        serial,
        sort: { key: 'id', descending: false },
        page: { offset: 0, limit: MOST_NAMED },
      });
      found.push(...tokens);
    }
    const owners = await this.owners.ofAll(found.slice(0, MOST_NAMED));
    const logins = owners.map((owner) => (typeof owner === 'string' ? '' : (owner?.username ?? '')));
    return [...new Set(logins)].filter((login) => login !== '').join(' ');
  }
}
