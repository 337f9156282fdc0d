import { OwnTokens } from '@app/self-service';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import { type ExchangeRequest, note } from '../../exchange.js';
import { currentUserOf } from '../../session/users/cookie-user-session-check.js';
import { TokenRecords } from '../tokens/token-record.js';
import { PortalContext, shownUser } from './portal-context.js';

/** What the self-service portal shows (spec/validate-api §4.2, §4.3, §4.5, §4.6). */
@LegacyController('userservice', 'users')
export class PortalController {
  constructor(
    private readonly portal: PortalContext,
    private readonly ownTokens: OwnTokens,
    private readonly records: TokenRecords,
  ) {}

  @Reads('pre_context', {
    public: true,
    audited: false,
    summary: 'What a portal is told before anybody logs in',
  })
  async preContext(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    return reply(true, { detail: await this.portal.beforeLogin(exchange.client) });
  }

  @Reads('context', {
    right: 'user',
    audited: false,
    summary: 'The same, with the user, their tokens and what they may do',
  })
  async context(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    return reply(true, { detail: await this.portal.of(currentUserOf(exchange), exchange.client) });
  }

  @Reads('userinfo', { right: 'user-login', audited: false, summary: 'What the directory knows of the user' })
  userinfo(@Req() { exchange }: ExchangeRequest): LegacyReply {
    return reply(shownUser(currentUserOf(exchange).user), { id: 0 });
  }

  @Reads('usertokenlist', {
    right: 'user-login',
    summary: 'The user’s tokens',
    parameters: [{ name: 'active', description: 'true or false: active tokens alone' }],
  })
  async userTokenList(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    // `false` means the same: clients are used to it (spec/validate-api §6, 20).
    const active = exchange.parameters.text('active')?.toLowerCase();
    const onlyActive = active === 'true' || active === 'false';
    const tokens = await this.ownTokens.execute(currentUserOf(exchange).user, { onlyActive });
    note(exchange, { succeeded: true });
    return reply(this.records.presentOwn(tokens), { id: 0 });
  }
}
