import type { AuditContext } from '@app/audit';
import type { RandomSource } from '@app/kernel';
import type { ConfigurationSnapshot, RealmUser } from '@app/realms';

import { pinVerifier } from '../../pin.js';
import type { Token } from '../../token.js';
import type { TokenAdministration } from '../../token-administration.js';
import { countedChange } from '../../report/report-change.js';
import type { ChangeTerms } from '../change-terms.js';
import { EnrolmentPolicies } from '../enrol/enrolment-policies.js';
import { ownerOf } from './owner.js';
import { closeSentChallenges, messagesForgotten } from '../recall-messages.js';
import { tokensInRecord } from '../record.js';
import { demandWithinRealmLimits, demandWithinUserLimits } from '../limits/token-limits.js';

/** A PIN that was made up because a policy asks for it; nobody else knows it. */
export interface NewPin {
  readonly serial: string;
  readonly pin: string;
}

/** Gives tokens to a user, all or none (spec/admin-api §3.4). */
export class AssignTokens {
  constructor(
    private readonly administration: TokenAdministration,
    private readonly random: RandomSource,
  ) {}

  /**
   * @param user `null` takes the tokens away from whoever has them, their realms too
   * @param given what else they are from now on; a PIN of `null` is left as it is
   * @returns the PINs that policies had made, instead of any that an administrator gave
   * @throws TokenDenied, UserTokensExceeded, RealmTokensExceeded, UnreadableLimit, UnknownToken, Unavailable
   */
  async execute(
    serials: readonly string[],
    user: RealmUser | null,
    given: { readonly pin: string | null; readonly description?: string },
    configuration: ConfigurationSnapshot,
    terms: ChangeTerms,
    context: AuditContext,
  ): Promise<readonly NewPin[]> {
    terms.demandAnywhere(serials[0] ?? null);
    const owner = user ? ownerOf(user, configuration) : null;
    return this.administration.change(context, async (tokens) => {
      const policies = new EnrolmentPolicies(configuration, user, context.client, tokens.now);
      const realms = user ? [user.realm] : [];
      const assigned: Token[] = [];
      const joined: Pick<Token, 'active' | 'realms'>[] = [];
      const newPins: NewPin[] = [];
      for (const serial of serials) {
        const token = await tokens.get(serial);
        terms.demand(token);
        // What it leaves, administrators there lose.
        const left = token.realms.filter((realm) => !realms.includes(realm));
        if (left.length > 0) terms.demandInEach({ ...token, realms: left });
        terms.demandForUser(user?.realm ?? configuration.settings.defaultRealm ?? '', serial);
        const isChosen = terms.byOwner && given.pin !== null;
        const newPin = user && !isChosen ? policies.randomPin(this.random) : null;
        const pin = newPin ?? given.pin;
        await tokens.update(token.id, {
          owner,
          realms,
          failures: 0,
          ...messagesForgotten(token),
          ...(given.description !== undefined && { description: given.description }),
          ...(pin !== null && {
            pin: pinVerifier(pin, this.random, policies.keepsPinReadable(realms)),
          }),
        });
        if (newPin !== null) newPins.push({ serial: token.serial, pin: newPin });
        assigned.push(token);
        joined.push({
          active: token.active,
          realms: realms.filter((realm) => !token.realms.includes(realm)),
        });
      }
      await closeSentChallenges(tokens, assigned);
      await demandWithinUserLimits(tokens, assigned, user, policies);
      await demandWithinRealmLimits(tokens, joined, policies, terms.byOwner ? 'enrol-own' : 'enrol');
      const facts = {
        succeeded: true,
        ...tokensInRecord(assigned),
        user: user?.login ?? '',
        realm: user?.realm ?? '',
        detail: await countedChange(tokens, {
          touched: [...assigned, { realms }],
          configuration,
          context,
        }),
      };
      return { result: newPins, facts };
    });
  }
}
