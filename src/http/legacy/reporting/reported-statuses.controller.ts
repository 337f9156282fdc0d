import { Configuration } from '@app/realms';
import { reportedStatuses } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import { rightsOf } from '../../envelope/access/rights.guard.js';
import { type ExchangeRequest, note } from '../../exchange.js';
import { realmName, reportedRealms } from '../users/reported-realms.js';

/** `/system/getReportedStatuses`: what policies want to be reported (spec/system-api §3). */
@LegacyController('system')
export class ReportedStatusesController {
  constructor(private readonly configuration: Configuration) {}

  @Reads('getReportedStatuses', {
    right: { scope: 'system', action: 'read' },
    summary: 'What policies have counted in each realm when tokens change',
    parameters: [{ name: 'realms', description: 'comma-separated; *: all, and /:no realm:/' }],
  })
  getReportedStatuses(@Req() { exchange }: ExchangeRequest): LegacyReply {
    const configuration = this.configuration.current();
    const rights = rightsOf(exchange).realmsIn('system', 'read');
    const { realms } = reportedRealms(exchange.parameters, null, rights, configuration);
    note(exchange, { succeeded: true });
    return reply(
      Object.fromEntries(
        realms.map((realm) => [realmName(realm), reportedStatuses(configuration.policies, realm)]),
      ),
    );
  }
}
