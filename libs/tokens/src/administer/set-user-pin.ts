import type { AuditContext } from '@app/audit';
import { Secret } from '@app/kernel';

import type { TokenAdministration } from '../token-administration.js';
import { MissingUserPin } from '../token.errors.js';
import { tokenType } from '../types/registry.js';
import type { ChangeTerms } from './change-terms.js';
import { tokensInRecord } from './record.js';

/** Sets the PIN that a device asks its user for; the token's own PIN stays (spec/admin-api §3.12). */
export class SetUserPin {
  constructor(private readonly administration: TokenAdministration) {}

  /** @throws TokenDenied, UnknownToken, AmbiguousToken, MissingUserPin for a token that has none, Unavailable */
  async execute(serial: string, userPin: string, terms: ChangeTerms, context: AuditContext): Promise<void> {
    terms.demandAnywhere(serial);
    await this.administration.change(context, async (tokens) => {
      const token = await tokens.get(serial);
      terms.demand(token);
      if (!tokenType(token.type).hasUserPin) throw new MissingUserPin();
      await tokens.update(token.id, { userPin: Secret.fromText(userPin) });
      return { result: undefined, facts: { succeeded: true, ...tokensInRecord([token]) } };
    });
  }
}
