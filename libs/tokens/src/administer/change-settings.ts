import type { AuditContext } from '@app/audit';
import { Invalid, type RandomSource } from '@app/kernel';
import type { OtpHash } from '@app/otp';
import type { ConfigurationSnapshot } from '@app/realms';

import { pinVerifier } from '../pin.js';
import { type TokenTarget, selectTokens, uniqueTokens } from '../select-tokens.js';
import type { Token, TokenChanges } from '../token.js';
import type { TokenAdministration } from '../token-administration.js';
import { UnknownToken } from '../token.errors.js';
import type { ChangeTerms } from './change-terms.js';
import { EnrolmentPolicies } from './enrol/enrolment-policies.js';
import { closeSentChallenges, messagesForgotten } from './recall-messages.js';
import { tokensInRecord } from './record.js';
import { rescaledCounter } from './rescaled-counter.js';

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
  readonly timeShiftSeconds?: number;
  /** Of tokens that have one: others compute nothing with it. */
  readonly hash?: OtpHash;
  readonly attempts?: number;
  /** 0: not limited. */
  readonly maxAttempts?: number;
  readonly successes?: number;
  readonly maxSuccesses?: number;
  readonly validFrom?: Date;
  readonly validUntil?: Date;
  /** Empty: none. */
  readonly phone?: string;
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
    terms: ChangeTerms,
    context: AuditContext,
  ): Promise<number> {
    return this.administration.change(context, async (tokens) => {
      const selected = await selectTokens(tokens, target, terms);
      const unique = uniqueTokens(selected);
      if (settings.timeStepSeconds !== undefined && unique.length !== 1) {
        throw new UnknownToken(target.serial ?? '');
      }
      const policies = new EnrolmentPolicies(configuration, null, context.client, tokens.now);
      for (const token of unique) await tokens.update(token.id, this.#changes(token, settings, policies));
      await closeSentChallenges(
        tokens,
        unique.filter((token) => sendsElsewhere(token, settings)),
      );
      const facts = {
        succeeded: selected.length > 0,
        ...tokensInRecord(selected),
        detail,
      };
      return { result: selected.length, facts };
    });
  }

  #changes(token: Token, settings: TokenSettings, policies: EnrolmentPolicies): TokenChanges {
    const { pin, maxFailures, syncWindow, description, lookAhead, digits, hash } = settings;
    return {
      ...(pin !== undefined && {
        pin: pinVerifier(pin, this.random, policies.keepsPinReadable(token.realms)),
      }),
      ...(maxFailures !== undefined && { maxFailures }),
      ...(syncWindow !== undefined && { syncWindow }),
      ...(description !== undefined && { description }),
      ...(lookAhead !== undefined && { lookAhead }),
      ...(digits !== undefined && { digits }),
      ...(hash !== undefined && token.hash !== null && { hash }),
      ...timeChanges(token, settings),
      ...limitChanges(token, settings),
      ...infoChanges(token, settings),
    };
  }
}

function timeChanges(token: Token, settings: TokenSettings): TokenChanges {
  const { timeWindowSeconds, timeStepSeconds, timeShiftSeconds } = settings;
  const given = [timeWindowSeconds, timeStepSeconds, timeShiftSeconds];
  if (given.every((value) => value === undefined)) return {};
  if (timeStepSeconds !== undefined && timeStepSeconds !== 30 && timeStepSeconds !== 60) {
    throw new Invalid('timeStep', 'timeStep for totp token must be either 30 or 60!');
  }
  if (!token.time) return {};
  const time = {
    ...token.time,
    ...(timeWindowSeconds !== undefined && { windowSeconds: timeWindowSeconds }),
    ...(timeStepSeconds !== undefined && { stepSeconds: timeStepSeconds }),
    ...(timeShiftSeconds !== undefined && { shiftSeconds: timeShiftSeconds }),
  };
  return { time, counter: rescaledCounter(token, time) };
}

function limitChanges({ uses, validity }: Token, settings: TokenSettings): TokenChanges {
  const { attempts, maxAttempts, successes, maxSuccesses, validFrom, validUntil } = settings;
  return {
    uses: {
      attempts: attempts ?? uses.attempts,
      maxAttempts: maxAttempts ?? uses.maxAttempts,
      successes: successes ?? uses.successes,
      maxSuccesses: maxSuccesses ?? uses.maxSuccesses,
    },
    validity: { from: validFrom ?? validity.from, until: validUntil ?? validity.until },
  };
}

function infoChanges(token: Token, settings: TokenSettings): TokenChanges {
  const { phone } = settings;
  if (phone === undefined) return {};
  const { phone: _, ...others } = token.info;
  const info = phone === '' ? others : { ...others, phone };
  return { info, ...(sendsElsewhere(token, settings) && messagesForgotten(token, info)) };
}

function sendsElsewhere({ info }: Token, { phone }: TokenSettings): boolean {
  return phone !== undefined && phone !== (info['phone'] ?? '');
}
