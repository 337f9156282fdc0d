import type { QuestionSaid } from '@app/authentication';
import { cleanText } from '@app/kernel';
import type { CallbackWish } from '@app/tokens';

import type { Parameters } from '../envelope/parameters/parameters.js';

/** What a QR code holds, with all that the app is told beside it. */
const LONGEST_TEXT = 1_000;
const LONGEST_SESSION = 512;
const LONGEST_VALUE = 200;
const CALLBACK_ID = /^[\w-]{1,64}$/;

/** As the API's description tells of them: where the app is to answer. */
export const CALLBACK = [
  {
    name: 'callback.id',
    description: 'where the app is to answer, by the name of a policy’s sub key (ocra2, qr, push)',
  },
  { name: 'callback.user', description: 'put into that place (ocra2)' },
  { name: 'callback.password', description: 'put into that place (ocra2)' },
  { name: 'no_callback', description: 'any value: the app is told of no such place (ocra2)' },
];

/** Beside the text. */
export const QUESTION = [
  { name: 'challenge_type', description: 'random or hash: what is asked is made of the text so (ocra2)' },
  { name: 'ocra_session', description: 'a text of the session, where the suite has one (ocra2)' },
  ...CALLBACK,
];

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

/** Which of the places that policies name an app is to answer at; `''`: the usual one; `null`: what is said is no id. */
export function callbackIdOf(parameters: Parameters): string | null {
  const id = parameters.text('callback.id') ?? '';
  return id === '' || CALLBACK_ID.test(id) ? id : null;
}

/** Where the app is to answer; `null`: nowhere. An id that is none names no place that a policy has. */
export function callbackOf(parameters: Parameters): CallbackWish | null {
  const id = callbackIdOf(parameters);
  if (parameters.has('no_callback') || id === null) return null;
  return {
    id,
    user: limited(parameters.text('callback.user') ?? '', LONGEST_VALUE),
    password: limited(parameters.text('callback.password') ?? '', LONGEST_VALUE),
  };
}

/** The two questions that the values of a resynchronisation answer; `undefined`: nothing is said of them. */
export function resyncQuestions(parameters: Parameters): readonly [string, string] | undefined {
  const [first, second] = [parameters.text('challenge1'), parameters.text('challenge2')];
  return first && second ? [first, second] : undefined;
}

function formOf(name: string | null): QuestionSaid['form'] {
  return name === 'random' || name === 'hash' ? name : 'raw';
}

function limited(text: string, most: number): string {
  return cleanText(text).slice(0, most);
}
