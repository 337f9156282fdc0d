import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { Changes, LegacyController } from '../../envelope/routes/legacy-controller.js';
import { UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';
import { type ExchangeRequest, note } from '../../exchange.js';

const MODULE = 'default';

/** `/system/setupSecurityModule`: the keyring is the one security module there is, and it is open (spec/system-api §9). */
@LegacyController('system')
export class SecurityModuleController {
  @Changes('setupSecurityModule', {
    right: 'login',
    summary: 'Which security module is active',
    parameters: [{ name: 'hsm_id', description: `${MODULE}: there is no other` }],
  })
  setupSecurityModule(@Req() { exchange }: ExchangeRequest): LegacyReply {
    const id = exchange.parameters.text('hsm_id');
    if (id !== null && id !== MODULE) {
      throw new WireError(
        UNSPECIFIC,
        `current activeSecurityModule >'${MODULE}'< could only be changed through the configuration!`,
      );
    }
    note(exchange, { succeeded: true });
    const state = { activeSecurityModule: MODULE, connected: true, ...(id !== null && { result: true }) };
    return reply({ setupSecurityModule: state });
  }
}
