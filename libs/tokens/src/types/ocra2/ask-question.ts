import type { Token } from '../../token.js';
import type { AskedQuestion, QuestionData, QuestionTerms } from '../otp-questions.js';
import { appUrl, filledCallback, formEncoded, signedUrl } from './app-url.js';
import { questionText } from './question-text.js';
import { suiteOf } from './suite-of.js';

const NOT_KEPT = '***';

/** The question of a new challenge, and the URL by which the app asks it (spec/token-types §16.3). */
export function askQuestion(
  token: Token,
  { transaction, wish, callback, drawn }: QuestionTerms,
): AskedQuestion {
  const suite = suiteOf(token);
  const { text: input, session } = wish;
  const challenge = questionText(suite, wish, drawn, token.serial);
  const toldWith = (password: string): { message: string; data: QuestionData } => {
    const url = callbackUrl(token, { transaction, wish, callback }, password);
    const plain = appUrl('req', { tr: transaction, ch: challenge, me: input, u: formEncoded(url) });
    const message = token.secret.use((key) => signedUrl(plain, key, suite.hash).url);
    return { message, data: { challenge, input, url, ...(session !== '' && { session }) } };
  };
  const { password = '' } = wish.callback ?? {};
  return { ...toldWith(password), kept: toldWith(password === '' ? '' : NOT_KEPT) };
}

/** `''`: the app is told of none. */
export function callbackUrl(
  { serial }: Pick<Token, 'serial'>,
  { transaction, wish, callback }: Pick<QuestionTerms, 'transaction' | 'wish' | 'callback'>,
  password: string,
): string {
  if (!wish.callback || callback === '') return '';
  return filledCallback(callback, { serial, transaction, user: wish.callback.user, password });
}
