import { type RandomSource, Secret } from '@app/kernel';
import type { ConfigurationSnapshot } from '@app/realms';

import { type Token, changedInfo } from '../../token.js';
import { tokenType } from '../../types/registry.js';
import { enrolmentDefaults } from './new-token-defaults.js';

/** A token whose OTPs go to a telephone number or an address. */
export type SentTokenType = 'sms' | 'email';

/** What is its own of a new one, with a seed that nobody else knows. */
export type SentToken = Pick<Token, 'secret' | 'digits' | 'hash' | 'info'> & {
  readonly type: SentTokenType;
};

export function newSentToken(
  type: SentTokenType,
  recipient: string,
  { settings }: ConfigurationSnapshot,
  random: RandomSource,
): SentToken {
  const addressed = type === 'email' ? { emailAddress: recipient } : { phone: recipient };
  const request = { seed: null, password: null, digits: null, hash: null, time: {}, ...addressed };
  const plan = tokenType(type).plan(request, enrolmentDefaults(settings));
  if (plan.secret.kind !== 'generate') throw new Error(`no seed is made for tokens of type ${type}`);
  return {
    type,
    secret: Secret.of(random.bytes(plan.secret.length)),
    digits: plan.digits ?? settings.defaultOtpLength,
    hash: plan.hash,
    info: changedInfo({}, plan.info ?? {}),
  };
}
