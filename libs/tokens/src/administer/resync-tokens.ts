import type { AuditContext } from '@app/audit';

import { type TokenTarget, selectTokens, uniqueTokens } from '../select-tokens.js';
import { changedInfo, knownDevice } from '../token.js';
import { ResyncImpossible } from '../token.errors.js';
import type { TokenAdministration } from '../token-administration.js';
import { memoryOf } from '../types/auto-resync.js';
import { tokenType } from '../types/registry.js';
import type { ChangeTerms } from './change-terms.js';
import { tokensInRecord } from './record.js';

/** Finds a drifted token's place again by two consecutive values (RFC 4226 §7.4; spec/admin-api §3.10). */
export class ResyncTokens {
  constructor(private readonly administration: TokenAdministration) {}

  /**
   * @param questions what the values answer, of tokens that ask; absent: nothing is said
   * @returns whether at least one of the selected tokens could be synchronised
   * @throws TokenDenied, UnknownToken, ResyncImpossible where none of them can be, whatever the values are; Unavailable
   */
  async execute(
    target: TokenTarget,
    otp1: string,
    otp2: string,
    terms: ChangeTerms,
    context: AuditContext,
    questions?: readonly [string, string],
  ): Promise<boolean> {
    return this.administration.change(context, async (tokens) => {
      const selected = uniqueTokens(await selectTokens(tokens, target, terms));
      const hindrances = selected.map(
        (token) => tokenType(token.type).hindersResync?.(token, questions) ?? null,
      );
      const [hindrance] = hindrances;
      if (hindrance && hindrances.every(Boolean)) throw new ResyncImpossible(hindrance);
      let synchronised = false;
      for (const token of selected) {
        const type = tokenType(token.type);
        const spends = type.resync(token, otp1, otp2, tokens.now, questions);
        if (!spends) continue;
        synchronised = true;
        const memory = memoryOf(token, type.autoResync);
        await tokens.update(token.id, {
          counter: spends.nextCounter,
          ...(token.time &&
            spends.shiftSeconds !== undefined && {
              time: { ...token.time, shiftSeconds: spends.shiftSeconds },
            }),
          ...(spends.privateId !== undefined && { device: knownDevice(token, spends.privateId) }),
          ...(memory && { info: changedInfo(token.info, memory.forgetting) }),
        });
      }
      const facts = {
        succeeded: synchronised,
        ...tokensInRecord(selected),
      };
      return { result: synchronised, facts };
    });
  }
}
