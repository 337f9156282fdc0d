import { answerExpression } from '@app/realms';

import type { HttpAnswer } from '../../outbound/http/http-exchange.js';
import type { Outcome, Refusal } from '../provider-adapter.js';
import type { ProviderSettings } from '../provider-settings.js';

export const SMS_SENT: Outcome = { kind: 'sent', status: 'SMS submitted' };

/** @param reason must hold nothing that the gateway said: it may repeat what it was sent */
export function smsRefused(reason: string, text = 'sending sms failed'): Refusal {
  return { kind: 'refused', text, reason };
}

/** The same where it is not certain: what came back is no success, but some of it may have been sent. */
export function smsDoubtful(reason: string, text?: string): Refusal {
  return { ...smsRefused(reason, text), mayHaveArrived: true };
}

/** What the status of an answer says by itself; `null`: nothing against it. */
export function refusedByStatus({ status }: HttpAnswer): Outcome | null {
  if (status >= 400) return smsRefused(`the gateway answered with HTTP status ${status}`);
  // Where it leads was not asked; nobody knows whether anything was sent.
  if (status >= 300) return smsDoubtful(`the gateway redirects, with HTTP status ${status}: not followed`);
  return null;
}

type Rule = (settings: ProviderSettings, member: string, body: string) => boolean;

const finds: Rule = (settings, member, body) => answerExpression(member, settings.text(member)).test(body);
const startsWith: Rule = (settings, member, body) => body.startsWith(settings.text(member));

/** The first of these that a configuration has decides (spec/system-api §6.2). */
const RULES: readonly { readonly member: string; readonly rule: Rule; readonly means: 'sent' | 'refused' }[] =
  [
    { member: 'RETURN_SUCCESS_REGEX', rule: finds, means: 'sent' },
    { member: 'RETURN_FAIL_REGEX', rule: finds, means: 'refused' },
    { member: 'RETURN_SUCCESS', rule: startsWith, means: 'sent' },
    { member: 'RETURN_FAIL', rule: startsWith, means: 'refused' },
  ];

/** @throws Invalid for an expression that cannot be used */
export function checkRules(settings: ProviderSettings): void {
  for (const { member, rule } of RULES) if (settings.has(member)) rule(settings, member, '');
}

/** How a gateway's answer is meant. */
export function judgedAnswer(settings: ProviderSettings, answer: HttpAnswer): Outcome {
  const refused = settings.flag('IGNORE_HTTP_STATUS') ? null : refusedByStatus(answer);
  if (refused) return refused;
  const decisive = RULES.find(({ member }) => settings.has(member));
  if (!decisive) return SMS_SENT;
  const { member, rule, means } = decisive;
  const text = 'Failed to send SMS. We received a none success reply from the SMS Gateway.';
  // What says that it failed may stand in the rest.
  if (!answer.isWhole) return smsDoubtful('the answer of the gateway is too long', text);
  const applies = rule(settings, member, answer.body);
  if (applies === (means === 'sent')) return SMS_SENT;
  return applies
    ? smsRefused(`the answer of the gateway is what ${member} says`, text)
    : smsDoubtful(`the answer of the gateway is not what ${member} says`, text);
}
