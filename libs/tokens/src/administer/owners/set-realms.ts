import type { AuditContext } from '@app/audit';
import type { RealmRights } from '@app/policies';
import type { ConfigurationSnapshot } from '@app/realms';

import { countedChange } from '../../report/report-change.js';
import type { TokenAdministration } from '../../token-administration.js';
import { TokenRealmDenied } from '../../token.errors.js';
import { tokenType } from '../../types/registry.js';
import { EnrolmentPolicies } from '../enrol/enrolment-policies.js';
import { demandWithinRealmLimits } from '../limits/token-limits.js';

/** How records name having no realm. */
const NO_REALM = '/:no realm:/';

/** Puts a token into other realms; its owner stays (spec/admin-api §3.14). */
export class SetRealms {
  constructor(private readonly administration: TokenAdministration) {}

  /**
   * @param names  as they were named; those that there are none of are passed over
   * @param manage where tokens may be taken from and put into
   * @throws TokenRealmDenied, RealmTokensExceeded, UnknownToken, AmbiguousToken, Unavailable
   */
  async execute(
    serial: string,
    names: readonly string[],
    configuration: ConfigurationSnapshot,
    manage: RealmRights,
    context: AuditContext,
  ): Promise<void> {
    const named = [...new Set(names.map((name) => name.toLowerCase()))];
    await this.administration.change(context, async (tokens) => {
      const token = await tokens.get(serial);
      // A token of no realm is one of those that only a right everywhere reaches.
      for (const realm of token.realms.length > 0 ? token.realms : ['']) {
        if (!manage.has(realm)) throw new TokenRealmDenied('leave', realm);
      }
      // Asked for unknown names as well: who may not use a realm does not learn whether there is one.
      for (const realm of named) if (!manage.has(realm)) throw new TokenRealmDenied('join', realm);
      const realms = named.filter((realm) => configuration.realms.has(realm));
      await tokens.update(token.id, { realms });
      const joined = realms.filter((realm) => !token.realms.includes(realm));
      const policies = new EnrolmentPolicies(configuration, null, context.client, tokens.now);
      await demandWithinRealmLimits(tokens, [{ active: token.active, realms: joined }], policies, 'move');
      const shown = (list: readonly string[]) => (list.length === 0 ? NO_REALM : list.join(','));
      const facts = {
        succeeded: true,
        serial: token.serial,
        tokenType: tokenType(token.type).label,
        realm: realms.join(','),
        info: `From ${shown(token.realms)} to ${shown(realms)}`,
        detail: await countedChange(tokens, { touched: [token, { realms }], configuration, context }),
      };
      return { result: undefined, facts };
    });
  }
}
