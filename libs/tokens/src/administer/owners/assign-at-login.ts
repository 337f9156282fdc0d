import type { AuditContext, AuditFacts } from '@app/audit';
import { DomainError, type RandomSource, Unavailable } from '@app/kernel';
import type { ConfigurationSnapshot, RealmUser } from '@app/realms';

import { spendingChanges } from '../../look/find-token-by-otp.js';
import { pinVerifier } from '../../pin.js';
import { reportChange } from '../../report/report-change.js';
import { type Token, isLimit } from '../../token.js';
import type { TokenAdministration } from '../../token-administration.js';
import type { Spending } from '../../types/token-type.js';
import { EnrolmentPolicies } from '../enrol/enrolment-policies.js';
import { demandWithinRealmLimits, demandWithinUserLimits, nameOfOwner } from '../limits/token-limits.js';
import { ownerOf } from './owner.js';

/** An unassigned token that becomes a user's, since they showed its OTP. */
export interface Assignment {
  /** As it was found. */
  readonly token: Token;
  readonly spends: Spending;
  /** The user's password of the directory; `''`: it has none from now on; `null`: it keeps its own. */
  readonly pin: string | null;
}

export type AssignmentOutcome =
  | { readonly kind: 'assigned' }
  /** Somebody else was faster: the token is not as it was found, or the user has one by now. */
  | { readonly kind: 'overtaken' }
  /** A limit of tokens is reached, or cannot be read. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Ends the transaction without a trace. */
class Overtaken extends Error {}

/** Gives a token to the user who logs in with it: owner, realm, PIN and the spent OTP with the login's record, or nothing. */
export class AssignAtLogin {
  constructor(
    private readonly administration: TokenAdministration,
    private readonly random: RandomSource,
  ) {}

  /** Of any number of users, and logins with one OTP, on any number of nodes, one gets the token. @throws Unavailable */
  async execute(
    { token: found, spends, pin }: Assignment,
    user: RealmUser,
    configuration: ConfigurationSnapshot,
    facts: AuditFacts,
    context: AuditContext,
  ): Promise<AssignmentOutcome> {
    const owner = ownerOf(user, configuration);
    if (!owner) return { kind: 'overtaken' };
    try {
      await this.administration.change(context, async (tokens) => {
        const [token] = await tokens.lock([found.id]);
        if (!token || !isStillFree(token, found, spends)) throw new Overtaken();
        // Two tokens at the same moment would be two for a user who may have none.
        await tokens.alone(user.references.map(nameOfOwner));
        if ((await tokens.countOwned(user.references)) > 0) throw new Overtaken();
        const policies = new EnrolmentPolicies(configuration, user, context.client, tokens.now);
        const realms = [user.realm];
        await tokens.update(token.id, {
          ...spendingChanges(token, spends),
          owner,
          realms,
          failures: 0,
          uses: usedOnce(token),
          // Never readable, whatever `otp_pin_encrypt` says: it is the user's password of the directory.
          ...(pin !== null && { pin: pin === '' ? null : pinVerifier(pin, this.random) }),
        });
        await demandWithinUserLimits(tokens, [token], user, policies);
        const joined = { active: true, realms: realms.filter((realm) => !token.realms.includes(realm)) };
        await demandWithinRealmLimits(tokens, [joined], policies, 'enrol');
        const touched = [token, { realms }];
        await reportChange(tokens, { touched, configuration, context, event: 'assign' });
        return { result: null, facts };
      });
      return { kind: 'assigned' };
    } catch (error) {
      if (error instanceof Overtaken) return { kind: 'overtaken' };
      if (!(error instanceof DomainError) || error instanceof Unavailable) throw error;
      return { kind: 'refused', reason: error.message };
    }
  }
}

/** Logins, which leave the revision alone, may have spent its OTP, used it up, or failed: what was decided relied on none of that. */
function isStillFree(token: Token, found: Token, { once, nextCounter }: Spending): boolean {
  return (
    token.owner === null &&
    token.revision === found.revision &&
    token.active &&
    token.failures <= found.failures &&
    token.uses.attempts === found.uses.attempts &&
    token.uses.successes === found.uses.successes &&
    (!once || token.counter < nextCounter)
  );
}

function usedOnce({ uses }: Token): Token['uses'] {
  return {
    ...uses,
    attempts: uses.attempts + (isLimit(uses.maxAttempts) ? 1 : 0),
    successes: uses.successes + (isLimit(uses.maxSuccesses) ? 1 : 0),
  };
}
