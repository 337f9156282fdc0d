import type { AuditContext } from '@app/audit';
import type { ConfigurationSnapshot } from '@app/realms';

import { countedChange } from '../report/report-change.js';
import type { Token, TokenChanges } from '../token.js';
import type { TokenAdministration, TokenTransaction } from '../token-administration.js';
import { EnrolmentPolicies } from './enrol/enrolment-policies.js';
import { closeSentChallenges, messagesForgotten } from './recall-messages.js';
import { tokensInRecord } from './record.js';
import { demandWithinRealmLimits } from './limits/token-limits.js';
import type { TokenRights } from './token-rights.js';

/** From which token to which. */
export interface Copying {
  readonly from: string;
  readonly to: string;
}

/** Gives a token the PIN of another; nobody learns it (spec/admin-api §3.15). */
export class CopyPin {
  constructor(private readonly administration: TokenAdministration) {}

  /** @param rights needed for both tokens @throws TokenDenied, UnknownToken, AmbiguousToken, Unavailable */
  async execute(copying: Copying, rights: TokenRights, context: AuditContext): Promise<void> {
    rights.demandAnywhere(copying.from);
    await this.administration.change(context, async (tokens) => {
      const { source, target } = await bothOf(tokens, copying, rights);
      // Opened and sealed anew for its row: a sealed PIN opens nowhere else.
      await tokens.update(target.id, { pin: source.pin });
      return { result: undefined, facts: copied(source, target) };
    });
  }
}

/** Gives a token the owner of another, and its realms instead of its own (spec/admin-api §3.16). */
export class CopyOwner {
  constructor(private readonly administration: TokenAdministration) {}

  /**
   * @param rights needed for both tokens, and for every realm that the one leaves or joins
   * @throws TokenDenied, RealmTokensExceeded, UnknownToken, AmbiguousToken, Unavailable
   */
  async execute(
    copying: Copying,
    configuration: ConfigurationSnapshot,
    rights: TokenRights,
    context: AuditContext,
  ): Promise<void> {
    rights.demandAnywhere(copying.from);
    await this.administration.change(context, async (tokens) => {
      const { source, target } = await bothOf(tokens, copying, rights);
      const { owner, realms } = source;
      const left = target.realms.filter((realm) => !realms.includes(realm));
      const joined = realms.filter((realm) => !target.realms.includes(realm));
      for (const moved of [left, joined]) {
        if (moved.length > 0) rights.demandInEach({ serial: target.serial, realms: moved });
      }
      const changes: TokenChanges = { owner, realms, ...messagesForgotten(target) };
      await tokens.update(target.id, changes);
      await closeSentChallenges(tokens, [target]);
      const policies = new EnrolmentPolicies(configuration, null, context.client, tokens.now);
      await demandWithinRealmLimits(tokens, [{ active: target.active, realms: joined }], policies, 'move');
      const { detail, ...facts } = copied(source, { ...target, realms });
      const counted = await countedChange(tokens, { touched: [target, { realms }], configuration, context });
      const noted = `${detail}${counted}`;
      return { result: undefined, facts: { ...facts, detail: noted } };
    });
  }
}

async function bothOf(
  tokens: TokenTransaction,
  { from, to }: Copying,
  rights: TokenRights,
): Promise<{ source: Token; target: Token }> {
  // In order of id, as everybody locks: a copy the other way round waits, and neither ends the other.
  const ids = await tokens.idsOf([from, to]);
  await tokens.lock([...ids.values()]);
  const source = await tokens.get(from);
  rights.demand(source);
  const target = await tokens.get(to);
  rights.demand(target);
  return { source, target };
}

function copied(source: Token, target: Token) {
  return { succeeded: true, ...tokensInRecord([target]), detail: `from ${source.serial}` };
}
