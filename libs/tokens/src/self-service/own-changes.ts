import type { AuditContext, Audited } from '@app/audit';

import { TokenAdministration, type TokenTransaction } from '../token-administration.js';

/**
 * Changes by users: their records name the user and the realm of the session, whatever realms the tokens are in. By these a
 * user finds them again (spec/validate-api §4.1).
 */
export class OwnChanges extends TokenAdministration {
  constructor(private readonly administration: TokenAdministration) {
    super();
  }

  override change<T>(
    context: AuditContext,
    work: (tokens: TokenTransaction) => Promise<Audited<T>>,
    alone?: readonly string[],
  ): Promise<T> {
    const own = async (tokens: TokenTransaction) => {
      const { result, facts } = await work(tokens);
      const { user: _user, realm: _realm, ...others } = facts;
      return { result, facts: others };
    };
    return this.administration.change(context, own, alone);
  }
}
