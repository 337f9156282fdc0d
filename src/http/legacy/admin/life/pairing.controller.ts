import { DomainError, Unavailable } from '@app/kernel';
import { TokenList, type ListedToken, tokenType } from '@app/tokens';
import { Req } from '@nestjs/common';

import { LegacyReply } from '../../../envelope/envelope.js';
import { Changes, LegacyController } from '../../../envelope/legacy-controller.js';
import { knownWireError } from '../../../envelope/legacy-errors.js';
import { type Exchange, type ExchangeRequest, note } from '../../../exchange.js';
import { RequestUsers } from '../../request-user.js';
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
    private readonly users: RequestUsers,
  ) {}

  @Changes('unpair', {
    right: 'own',
    failure: FAILED,
    summary: 'Take the pairing from a token; no type of token here has one',
    parameters: [
      { name: 'serial', description: 'serial of the token' },
      { name: 'user', description: 'login or login@realm of somebody who has one token' },
      { name: 'realm', description: 'realm of the user' },
    ],
  })
  async unpair(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    try {
      note(exchange, { info: await this.#whyNot(exchange) });
    } catch (error) {
      if (error instanceof Unavailable || !(error instanceof DomainError)) throw error;
      note(exchange, { info: knownWireError(error)?.message ?? error.message });
    }
    return FAILED;
  }

  /** @throws TokenDenied */
  async #whyNot(exchange: Exchange): Promise<string> {
    const rights = tokenRights(exchange, 'unpair');
    const target = tokenTarget(exchange.parameters, await this.users.lookup(exchange.parameters), rights);
    rights.demandAnywhere(target.serial);
    if (target.serial === null && target.owner) rights.demandForUser(target.owner.realm);
    const tokens = await this.#find(target);
    for (const token of tokens) rights.demand(token);
    const [token, ...others] = tokens;
    if (!token) return 'No token found. Unpairing not possible';
    if (others.length > 0) return 'Multiple tokens found. Unpairing not possible';
    const { label } = tokenType(token.type);
    note(exchange, { serial: token.serial, tokenType: label, realm: token.realms.join(' ') });
    return `token type ${label} doesn't support unpairing `;
  }

  async #find({ serial, owner }: ReturnType<typeof tokenTarget>): Promise<readonly ListedToken[]> {
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
