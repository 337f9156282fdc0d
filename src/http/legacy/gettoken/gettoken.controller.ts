import { Clock, Denied } from '@app/kernel';
import { Configuration } from '@app/realms';
import { TokenList, type TokenRights, TokenStore, type Token, UnknownToken, tokenType } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import { knownWireError, withEnvelopeId } from '../../envelope/errors/legacy-errors.js';
import type { Parameters } from '../../envelope/parameters/parameters.js';
import { rightsOf } from '../../envelope/access/rights.guard.js';
import { UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';
import { type Exchange, type ExchangeRequest, note } from '../../exchange.js';
import type { RawReply } from '../../server/raw-reply.js';
import { tokenRights, tokenTarget } from '../admin/token-target.js';
import { invalidInteger, pythonInteger } from '../python-text.js';
import { RequestUsers } from '../users/request-user.js';
import { requiredText } from '../required-text.js';
import { parseCurrentTime } from './current-time.js';
import { Refused, otpLimit } from './otp-limits.js';
import { otpList, otpPage, upcomingOtps } from './otp-values.js';

const ID = { id: 0 };
const MOST_NAMED = 100;
const DAY_SECONDS = 86_400;
const CURRENT_TIME = { name: 'curTime', description: 'YYYY-MM-DD HH:MM:SS (UTC) instead of now (totp, dpw)' };

/** `/gettoken` (spec/admin-api §5.7). No counter moves, and no PIN is told. */
@LegacyController('gettoken')
export class GettokenController {
  constructor(
    private readonly store: TokenStore,
    private readonly tokens: TokenList,
    private readonly users: RequestUsers,
    private readonly configuration: Configuration,
    private readonly clock: Clock,
  ) {}

  @Reads('getotp', {
    right: 'own',
    summary: 'The OTP that a token shows now',
    parameters: [
      { name: 'serial', description: 'serial of the token' },
      { name: 'user', description: 'login or login@realm of somebody who has one token' },
      { name: 'realm', description: 'realm of the user' },
      CURRENT_TIME,
    ],
  })
  async getotp(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    return this.#answered('getotp', plainText, async () => {
      const { parameters } = exchange;
      const rights = tokenRights(exchange, 'getotp');
      rights.demandAnywhere(parameters.text('serial') || null);
      const serial = parameters.text('serial') || (await this.#serialOfUser(exchange, rights));
      if (typeof serial !== 'string') return reply({ result: false, ...serial }, ID);
      const token = await this.#permitted(serial, rights, exchange);
      const limit = otpLimit(token, rightsOf(exchange));
      const [value] = upcomingOtps(token, 1, this.#momentOf(parameters, token, limit).at);
      note(exchange, { succeeded: true });
      const otpval = value?.otp ?? '';
      return reply({ result: true, otpval, pin: '', pass: otpval }, ID);
    });
  }

  @Reads('getmultiotp', {
    right: 'own',
    summary: 'The OTPs that a token shows next',
    parameters: [
      { name: 'serial', description: 'serial of the token', required: true },
      { name: 'count', description: 'how many; policies limit it', required: true },
      { name: 'view', description: 'any value: a page instead of JSON' },
      CURRENT_TIME,
    ],
  })
  async getmultiotp(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply | RawReply> {
    return this.#answered('getmultiotp', constructorForm, async () => {
      const { parameters } = exchange;
      const serial = requiredText(parameters, 'serial');
      const wanted = countOf(requiredText(parameters, 'count'));
      const rights = tokenRights(exchange, 'getotp');
      rights.demandAnywhere(serial);
      const token = await this.#permitted(serial, rights, exchange);
      const limit = otpLimit(token, rightsOf(exchange));
      if (wanted <= 0) return reply({ result: false, error: 'No count specified', serial }, ID);
      const { at, left } = this.#momentOf(parameters, token, limit);
      const count = Math.min(wanted, left);
      note(exchange, { succeeded: true });
      return parameters.has('view') ? otpPage(token, count, at) : reply(otpList(token, count, at), ID);
    });
  }

  /** Refusals of policies keep their own text; what else is wrong is said as LinOTP says it. */
  async #answered<T>(name: string, text: (wire: WireError) => string, work: () => Promise<T>): Promise<T> {
    try {
      if (!this.configuration.current().settings.tellsOtps) {
        throw new Refused('getotp is not activated.');
      }
      return await work();
    } catch (error) {
      if (error instanceof Denied || error instanceof Refused) throw withEnvelopeId(error, 0);
      const wire = knownWireError(error);
      if (!wire || wire.httpStatus !== null) throw withEnvelopeId(error, 0);
      const message = `gettoken/${name} failed: ${text(wire)}`;
      throw new WireError(UNSPECIFIC, message, { envelopeId: 0, cause: error });
    }
  }

  async #permitted(serial: string, rights: TokenRights, exchange: Exchange): Promise<Token> {
    const token = await this.store.find(serial);
    if (!token) throw new UnknownToken(serial);
    rights.demand(token);
    note(exchange, { serial, tokenType: tokenType(token.type).label, realm: token.realms.join(' ') });
    return token;
  }

  /** The serial of the user's one token, or why there is none. */
  async #serialOfUser(
    { parameters }: Exchange,
    rights: TokenRights,
  ): Promise<string | { description: string; serials?: readonly string[] }> {
    const user = await this.users.lookup(parameters);
    if (!user) return { description: 'You need to provide a user or a serial' };
    const { owner } = tokenTarget(parameters, user, rights);
    if (owner) rights.demandForUser(owner.realm);
    const { tokens } = owner
      ? await this.tokens.find({
          within: null,
          owners: [{ references: owner.references, realms: [owner.realm] }],
          sort: { key: 'id', descending: false },
          page: { offset: 0, limit: MOST_NAMED },
        })
      : { tokens: [] };
    const [token, ...others] = tokens;
    if (!token) return { description: 'No Token found for this user' };
    if (others.length === 0) return token.serial;
    return {
      description: 'The user has more than one token',
      serials: tokens.map(({ serial }) => serial),
    };
  }

  /**
   * From when on OTPs are told, and how many from there are within the limit, which counts from now.
   * @throws WireError for what is no time, and for a time further ahead than the administrator may see OTPs
   */
  #momentOf(parameters: Parameters, { time, type }: Token, limit: number): { at: Date; left: number } {
    const now = this.clock.now();
    const text = parameters.text('curTime');
    const stepSeconds = type === 'day-password' ? DAY_SECONDS : time?.stepSeconds;
    if (!text || stepSeconds === undefined) return { at: now, left: limit };
    const given = parseCurrentTime(text);
    if (given === null) throw new WireError(UNSPECIFIC, 'curTime must be YYYY-MM-DD HH:MM:SS');
    const ahead = Math.max(0, Math.floor((given.getTime() - now.getTime()) / (stepSeconds * 1000)));
    if (ahead >= limit) {
      throw new WireError(UNSPECIFIC, 'curTime is further ahead than the policy allows');
    }
    return { at: given, left: limit - ahead };
  }
}

function plainText(wire: WireError): string {
  return wire.message;
}

/** As Python shows an exception of LinOTP's. */
function constructorForm({ code, text }: WireError): string {
  if (code === UNSPECIFIC) return text;
  const quote = text.includes("'") ? '"' : "'";
  const kind = code === 905 ? 'ParameterError' : 'TokenAdminError';
  return `${kind}(description=${quote}${text}${quote}, id=${code})`;
}

function countOf(text: string): number {
  const count = pythonInteger(text);
  if (count === null) throw new WireError(UNSPECIFIC, `ValueError(${JSON.stringify(invalidInteger(text))})`);
  return count;
}
