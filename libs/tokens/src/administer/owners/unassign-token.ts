import type { AuditContext } from '@app/audit';
import type { RandomSource } from '@app/kernel';
import type { ConfigurationSnapshot } from '@app/realms';

import { pinVerifier } from '../../pin.js';
import { countedChange } from '../../report/report-change.js';
import type { TokenAdministration } from '../../token-administration.js';
import { tokenType } from '../../types/registry.js';
import type { ChangeTerms } from '../change-terms.js';
import { EnrolmentPolicies } from '../enrol/enrolment-policies.js';
import { closeSentChallenges, messagesForgotten } from '../recall-messages.js';

/** Takes a token from its owner; its realms stay, and its PIN unless another is given (spec/admin-api §3.5). */
export class UnassignToken {
  constructor(
    private readonly administration: TokenAdministration,
    private readonly random: RandomSource,
  ) {}

  /**
   * @param login the owner's, for the record; `''` where it could not be found
   * @throws TokenDenied, UnknownToken, AmbiguousToken, Unavailable
   */
  async execute(
    serial: string,
    login: string,
    configuration: ConfigurationSnapshot,
    terms: ChangeTerms,
    context: AuditContext,
    pin: string | null = null,
  ): Promise<void> {
    terms.demandAnywhere(serial);
    await this.administration.change(context, async (tokens) => {
      const token = await tokens.get(serial);
      terms.demand(token);
      const policies = new EnrolmentPolicies(configuration, null, context.client, tokens.now);
      await tokens.update(token.id, {
        owner: null,
        failures: 0,
        ...messagesForgotten(token),
        ...(pin !== null && {
          pin: pinVerifier(pin, this.random, policies.keepsPinReadable(token.realms)),
        }),
      });
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
