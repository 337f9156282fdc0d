import { createHash } from 'node:crypto';

import { type AssertionCheck, type KeyChallenge, challengeSeconds } from '@app/tokens';
import type { Token } from '@app/tokens';

import type { Challenge } from '../../challenges/challenge.js';
import type { AskedKeyPolicies, LoginQuestion } from '../../login.js';
import type { Answer, Asking } from './answer.js';

/** What LinOTP counts for a signature: it is good once, by its challenge. */
const SPENDS = { nextCounter: 1, once: false } as const;

/**
 * Whether a security key signed rightly (spec/token-types §20.2): one of the challenges that the login names. The signature is
 * checked outside; what the key counts is compared with what is stored, here and once more where the token is locked.
 *
 * @param meant open challenges of the token
 */
export function answeredByKey(
  token: Token,
  key: KeyChallenge,
  meant: readonly Challenge[],
  asking: Asking,
): Answer | { readonly question: LoginQuestion } {
  const { attempt, answers, now } = asking;
  const text = asking.password ?? '';
  const wrong = (reason: string) => wrongKey(token, key, text, reason, meant);
  const policies = attempt.keyPolicies;
  if (!policies) return wrong('nothing can be asked');
  const refused = refusedModel(token, key, policies);
  if (refused !== null) return wrong(refused);
  const needsVerification = policies.userVerification() === 'required';
  const facets = policies.facets();
  if (facets === null) return wrong('policy u2f_valid_facets cannot be read');
  let reason = 'the challenge was answered before';
  for (const challenge of meant) {
    if (key.takesOneAnswer && challenge.receivedCount > 0) continue;
    const check = key.check(token, challenge.data ?? {}, text, needsVerification, facets);
    if ('refusal' in check) {
      ({ refusal: reason } = check);
      continue;
    }
    const question = { kind: 'key-assertion', about: aboutOf(check), check } as const;
    const finding = answers(question);
    if (finding === undefined) return { question };
    if (finding.kind === 'refused') {
      ({ reason } = finding);
      continue;
    }
    const use = key.use(token, finding.assertion, now);
    if (use.kind === 'cloned') return { ...wrong(use.reason), missed: null, signedByCopy: challenge };
    const { info, recalled } = use;
    return {
      ...said(token, text),
      result: 'valid',
      spends: SPENDS,
      answered: challenge,
      remembers: { info, recalled },
    };
  }
  return wrong(reason);
}

/** An answer that no challenge waits for, or that is wrong. */
export function wrongKey(
  token: Token,
  key: KeyChallenge,
  text: string,
  reason: string,
  meant: readonly Challenge[] = [],
): Answer {
  const missed = meant.length === 0 ? null : meant.map(({ id }) => id);
  return { ...said(token, text), result: 'invalid', missed, refusal: `${key.failure}: ${reason}` };
}

/** What a trigger comes to: a question for the key, or the reason why there can be none. */
export function keyQuestion(key: KeyChallenge, asked: Answer, { attempt }: Asking): Answer {
  const { token, result } = asked;
  // A wrong PIN is no answer of the key: whoever guesses must not use up its challenges.
  if (result !== 'trigger') return { ...asked, missed: null };
  const { challenging, keyPolicies: policies } = attempt;
  if (!policies) return { ...asked, result: 'not-asked', refusal: 'nothing can be asked' };
  const refused = refusedModel(token, key, policies);
  if (refused !== null) return { ...asked, result: 'not-asked', refusal: refused };
  const userVerification = policies.userVerification();
  const seconds = challengeSeconds(token, challenging.settings);
  const question = (transaction: string) => {
    const challenge = challengeOf(challenging.drawnForQuestion, transaction);
    return key.ask(token, { challenge, seconds, userVerification });
  };
  const tried = question(challenging.id);
  if ('refusal' in tried) return { ...asked, result: 'not-asked', ...tried };
  return { ...asked, signs: question };
}

/** One for each transaction: no other text of the same bits is ever signed. */
function challengeOf(drawn: Uint8Array, transaction: string): string {
  return createHash('sha256').update(drawn).update(transaction).digest('base64url');
}

/** Everything that the finding goes by: whoever asks the same gets the same. */
function aboutOf(check: AssertionCheck): string {
  return JSON.stringify(check);
}

/** Why keys of this model may not be used; `null`: they may. */
function refusedModel(token: Token, { model }: KeyChallenge, policies: AskedKeyPolicies): string | null {
  if (!model || policies.allows(model(token))) return null;
  return `fido2_allowed_authenticators: ${model(token) ?? 'none'} is not in the allowed list`;
}

function said(token: Token, text: string) {
  const lengths = { pinLength: 0, otpLength: [...text].length };
  return {
    token,
    ...lengths,
    spends: null,
    answered: null,
    stray: null,
    remembers: null,
    missed: null,
  };
}
