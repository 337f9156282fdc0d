import type { AuditContext } from '@app/audit';
import type { ConfigurationSnapshot } from '@app/realms';

import { countedChange } from '../report/report-change.js';
import type { TokenAdministration } from '../token-administration.js';
import { tokenType } from '../types/registry.js';
import { closeSentChallenges, messagesForgotten } from './recall-messages.js';
import type { TokenRights } from './token-rights.js';

/** Takes a token from its owner; realms and PIN stay (spec/admin-api §3.5). */
export class UnassignToken {
  constructor(private readonly administration: TokenAdministration) {}

  /**
   * @param login the owner's, for the record; `''` where it could not be found
   * @throws TokenDenied, UnknownToken, AmbiguousToken, Unavailable
   */
  async execute(
    serial: string,
    login: string,
    configuration: ConfigurationSnapshot,
    rights: TokenRights,
    context: AuditContext,
  ): Promise<void> {
    rights.demandAnywhere(serial);
    await this.administration.change(context, async (tokens) => {
      const token = await tokens.get(serial);
      rights.demand(token);
      await tokens.update(token.id, { owner: null, failures: 0, ...messagesForgotten(token) });
      await closeSentChallenges(tokens, [token]);
      const facts = {
        succeeded: true,
        serial: token.serial,
        tokenType: tokenType(token.type).label,
        user: token.owner ? login : '',
        realm: token.realms.join(' '),
        detail: await countedChange(tokens, { touched: [token], configuration, context }),
      };
      return { result: undefined, facts };
    });
  }
}
