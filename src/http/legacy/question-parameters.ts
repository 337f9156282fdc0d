import type { QuestionSaid } from '@app/authentication';
import { cleanText } from '@app/kernel';
import type { CallbackWish } from '@app/tokens';

import type { Parameters } from '../envelope/parameters/parameters.js';

/** What a QR code holds, with all that the app is told beside it. */
const LONGEST_TEXT = 1_000;
const LONGEST_SESSION = 512;
const LONGEST_VALUE = 200;
const CALLBACK_ID = /^[\w-]{1,64}$/;

/** What a request says of an OCRA question (spec/token-types §16.3). */
export function questionOf(parameters: Parameters): QuestionSaid {
  const challenge = parameters.text('challenge') ?? '';
  const text = challenge || parameters.text('message') || parameters.text('data') || '';
  return {
    text: limited(text, LONGEST_TEXT),
    form: formOf(parameters.text('challenge_type')),
    session: limited(parameters.text('ocra_session') ?? '', LONGEST_SESSION),
    callback: callbackOf(parameters),
    answers: challenge,
  };
}

/** Where the app is to answer; `null`: nowhere. An id that is none names no place that a policy has. */
export function callbackOf(parameters: Parameters): CallbackWish | null {
  const id = parameters.text('callback.id') ?? '';
  if (parameters.has('no_callback') || (id !== '' && !CALLBACK_ID.test(id))) return null;
  return {
    id,
    user: limited(parameters.text('callback.user') ?? '', LONGEST_VALUE),
    password: limited(parameters.text('callback.password') ?? '', LONGEST_VALUE),
  };
}

function formOf(name: string | null): QuestionSaid['form'] {
  return name === 'random' || name === 'hash' ? name : 'raw';
}

function limited(text: string, most: number): string {
  return cleanText(text).slice(0, most);
}
