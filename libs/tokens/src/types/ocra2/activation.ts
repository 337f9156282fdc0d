import type { Secret } from '@app/kernel';

import type { Token } from '../../token.js';
import type { QuestionData, QuestionTerms } from '../otp-questions.js';
import { appUrl, formEncoded, signedUrl } from './app-url.js';
import { callbackUrl } from './ask-question.js';
import { questionText } from './question-text.js';
import { SUITE, suiteOf } from './suite-of.js';

/** What an activation tells the app, and asks it (spec/token-types §16.2, phase 2). */
export interface ActivationQuestion {
  /** The URL that the app reads, with its signature. */
  readonly message: string;
  readonly signature: string;
  readonly data: QuestionData;
}

/** @param token with its new key @param nonce in hexadecimal @param password what a callback is filled in with */
export function activationQuestion(
  token: Token,
  { transaction, wish, callback, drawn }: QuestionTerms,
  nonce: string,
  password: string,
): ActivationQuestion {
  const suite = suiteOf(token);
  const challenge = questionText(suite, wish, drawn, token.serial);
  const url = callbackUrl(token, { transaction, wish, callback }, password);
  const plain = appUrl('nonce', {
    se: token.serial,
    no: nonce,
    tr: transaction,
    ch: challenge,
    me: wish.text,
    u: formEncoded(url),
  });
  const { url: message, signature } = token.secret.use((key) => signedUrl(plain, key, suite.hash));
  return { message, signature, data: { challenge, input: wish.text, url } };
}

/** What the app reads first (spec/token-types §16.2, phase 1). @param url where it is to answer; `''`: nowhere */
export function initialUrl(
  { serial, info }: Pick<Token, 'serial' | 'info'>,
  sharedSecret: Secret,
  url: string,
): string {
  const sh = sharedSecret.use((bytes) => Buffer.from(bytes).toString('hex'));
  return appUrl('init', { sh, os: String(info[SUITE] ?? ''), se: serial, u: url });
}
