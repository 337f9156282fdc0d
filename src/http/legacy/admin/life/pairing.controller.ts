import { DomainError, Unavailable } from '@app/kernel';
import { Configuration } from '@app/realms';
import { TokenList, type ListedToken, type TokenRights, UnpairToken, tokenType } from '@app/tokens';
import { Req } from '@nestjs/common';

import { LegacyReply, reply } from '../../../envelope/envelope.js';
import { Changes, LegacyController } from '../../../envelope/routes/legacy-controller.js';
import { knownWireError } from '../../../envelope/errors/legacy-errors.js';
import { type Exchange, type ExchangeRequest, note } from '../../../exchange.js';
import { RequestUsers } from '../../users/request-user.js';
import { tokenRights, tokenTarget } from '../token-target.js';

/** The one form in which this function fails: its reason stands in the record alone (recording 214). */
const FAILED = new LegacyReply(false, { id: 0, status: false });

/** More than one is enough to know. */
const SEVERAL = 2;

/** `/admin/unpair` (spec/admin-api §3.26). */
@LegacyController('admin')
export class PairingController {
  constructor(
    private readonly tokens: TokenList,
    private readonly unpairToken: UnpairToken,
    private readonly configuration: Configuration,
    private readonly users: RequestUsers,
  ) {}

  @Changes('unpair', {
    right: 'own',
    failure: FAILED,
    summary: 'Take the pairing from a qr token: another app can be paired with it',
    parameters: [
      { name: 'serial', description: 'serial of the token' },
      { name: 'user', description: 'login or login@realm of somebody who has one token' },
      { name: 'realm', description: 'realm of the user' },
    ],
  })
  async unpair(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    try {
      const found = await this.#find(exchange);
      if ('reason' in found) {
        note(exchange, { info: found.reason });
        return FAILED;
      }
      const { serial, rights } = found;
      await this.unpairToken.execute(serial, this.configuration.current(), rights, exchange.audit);
      exchange.isRecorded = true;
      return reply(true);
    } catch (error) {
      if (error instanceof Unavailable || !(error instanceof DomainError)) throw error;
      note(exchange, { info: knownWireError(error)?.message ?? error.message });
    }
    return FAILED;
  }

  /** @returns the one token that is meant, or why it is not unpaired @throws TokenDenied */
  async #find(
    exchange: Exchange,
  ): Promise<{ readonly serial: string; readonly rights: TokenRights } | { readonly reason: string }> {
    const rights = tokenRights(exchange, 'unpair');
    const target = tokenTarget(exchange.parameters, await this.users.lookup(exchange.parameters), rights);
    rights.demandAnywhere(target.serial);
    if (target.serial === null && target.owner) rights.demandForUser(target.owner.realm);
    const tokens = await this.#select(target);
    for (const token of tokens) rights.demand(token);
    const [token, ...others] = tokens;
    if (!token) return { reason: 'No token found. Unpairing not possible' };
    if (others.length > 0) return { reason: 'Multiple tokens found. Unpairing not possible' };
    const { label } = tokenType(token.type);
    note(exchange, { serial: token.serial, tokenType: label, realm: token.realms.join(' ') });
    return { serial: token.serial, rights };
  }

  async #select({ serial, owner }: ReturnType<typeof tokenTarget>): Promise<readonly ListedToken[]> {
    if (serial === null && owner === null) return [];
    const { tokens } = await this.tokens.find({
      within: null,
      ...(serial !== null && { serial }),
      ...(owner && { owners: [{ references: owner.references, realms: [owner.realm] }] }),
      sort: { key: 'id', descending: false },
      page: { offset: 0, limit: SEVERAL },
    });
    return tokens;
  }
}
