import type { AuditContext } from '@app/audit';
import { Invalid, type RandomSource } from '@app/kernel';
import type { ConfigurationSnapshot } from '@app/realms';

import { pinVerifier } from '../pin.js';
import { type TokenTarget, selectTokens, uniqueTokens } from '../select-tokens.js';
import type { Token, TokenChanges } from '../token.js';
import type { TokenAdministration } from '../token-administration.js';
import { UnknownToken } from '../token.errors.js';
import { EnrolmentPolicies } from './enrolment-policies.js';
import { tokensInRecord } from './record.js';
import { rescaledCounter } from './rescaled-counter.js';
import type { TokenRights } from './token-rights.js';

/** What may be set; absent keys stay as they are. Counts are whole numbers. */
export interface TokenSettings {
  readonly pin?: string;
  readonly maxFailures?: number;
  readonly syncWindow?: number;
  readonly description?: string;
  readonly lookAhead?: number;
  readonly digits?: number;
  readonly timeWindowSeconds?: number;
  /** 30 or 60. */
  readonly timeStepSeconds?: number;
}

/** Changes settings of tokens (spec/admin-api §3.11). */
export class ChangeSettings {
  constructor(
    private readonly administration: TokenAdministration,
    private readonly random: RandomSource,
  ) {}

  /**
   * @param detail what the record says was set
   * @returns how many tokens were selected
   * @throws TokenDenied, Invalid naming the setting, UnknownToken for a time step without exactly one token, Unavailable
   */
  async execute(
    target: TokenTarget,
    settings: TokenSettings,
    detail: string,
    configuration: ConfigurationSnapshot,
    rights: TokenRights,
    context: AuditContext,
  ): Promise<number> {
    return this.administration.change(context, async (tokens) => {
      const selected = await selectTokens(tokens, target, rights);
      const unique = uniqueTokens(selected);
      if (settings.timeStepSeconds !== undefined && unique.length !== 1) {
        throw new UnknownToken(target.serial ?? '');
      }
      const policies = new EnrolmentPolicies(configuration, null, context.client, tokens.now);
      for (const token of unique) await tokens.update(token.id, this.#changes(token, settings, policies));
      const facts = {
        succeeded: selected.length > 0,
        ...tokensInRecord(selected),
        detail,
      };
      return { result: selected.length, facts };
    });
  }

  #changes(token: Token, settings: TokenSettings, policies: EnrolmentPolicies): TokenChanges {
    const { pin, maxFailures, syncWindow, description, lookAhead, digits } = settings;
    return {
      ...(pin !== undefined && {
        pin: pinVerifier(pin, this.random, policies.keepsPinReadable(token.realms)),
      }),
      ...(maxFailures !== undefined && { maxFailures }),
      ...(syncWindow !== undefined && { syncWindow }),
      ...(description !== undefined && { description }),
      ...(lookAhead !== undefined && { lookAhead }),
      ...(digits !== undefined && { digits }),
      ...timeChanges(token, settings),
    };
  }
}

function timeChanges(token: Token, settings: TokenSettings): TokenChanges {
  const { timeWindowSeconds, timeStepSeconds } = settings;
  if (timeWindowSeconds === undefined && timeStepSeconds === undefined) return {};
  if (timeStepSeconds !== undefined && timeStepSeconds !== 30 && timeStepSeconds !== 60) {
    throw new Invalid('timeStep', 'timeStep for totp token must be either 30 or 60!');
  }
  if (!token.time) return {};
  const time = {
    ...token.time,
    ...(timeWindowSeconds !== undefined && { windowSeconds: timeWindowSeconds }),
    ...(timeStepSeconds !== undefined && { stepSeconds: timeStepSeconds }),
  };
  return { time, counter: rescaledCounter(token, time) };
}
