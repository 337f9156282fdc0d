import type { AuditContext } from '@app/audit';
import type { RandomSource } from '@app/kernel';

import { AssignTokens } from '../administer/owners/assign-tokens.js';
import type { TokenAdministration } from '../token-administration.js';
import type { OwnTokenCaller } from './change-own-token.js';
import { OwnChanges } from './own-changes.js';
import { FreeTokenTerms } from './own-token-terms.js';

/** Gives a user a token that nobody has (spec/validate-api §4.7). Whether policies grant it was asked before. */
export class AssignOwnToken {
  readonly #assign: AssignTokens;

  constructor(administration: TokenAdministration, random: RandomSource) {
    this.#assign = new AssignTokens(new OwnChanges(administration), random);
  }

  /**
   * Of any number of users at the same time, on any number of nodes, one gets it.
   *
   * @param serial the whole serial: a `*` stands for itself, and no token can be meant by it
   * @param given  without a PIN the token's own stays, unless policies have one made, which nobody is told
   * @throws UnknownToken, TokenOfOtherRealm, TokenAssigned, PinRefused, UnreadablePinRule, UserTokensExceeded,
   *         RealmTokensExceeded, UnreadableLimit, Unavailable
   */
  async execute(
    serial: string,
    given: { readonly pin: string | null; readonly description?: string },
    { user, policies, configuration }: OwnTokenCaller,
    context: AuditContext,
  ): Promise<void> {
    if (given.pin !== null) policies.demandPin(given.pin);
    const terms = new FreeTokenTerms(user);
    await this.#assign.execute([serial], user, given, configuration, terms, context);
  }
}
