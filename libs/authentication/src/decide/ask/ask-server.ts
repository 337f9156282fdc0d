import type { ServerAnswer, ServerOtps, Token } from '@app/tokens';

import type { Challenge, ChallengeData } from '../../challenges/challenge.js';
import { FORWARDED_TOO_OFTEN, MOST_HOPS } from '../../elsewhere/forwarding.js';
import type { LoginQuestion } from '../../login.js';
import type { Asking } from './answer.js';
import type { Match } from './ask-token.js';
import { isForwarded, storedOf } from '../forwarded-token.js';

/** What an answer to a server's own challenge is known by there. */
const THEIR_TRANSACTION = 'transactionid';
const SERVER = 'server';

/** Whether all that is typed is for the server. A forward token has a PIN of its own, whatever its target has. */
export function checksPinThere(token: Token, server: ServerOtps): boolean {
  return !isForwarded(token) && server.checksPin(token.info);
}

/** What the server of a token says to a text; it is not asked about what it cannot have made. */
export function matchByServer(
  token: Token,
  server: ServerOtps,
  { attempt, answers }: Asking,
  text: string,
  challenge: Challenge | null,
): Match {
  const { subject, hops } = attempt;
  const checksPin = checksPinThere(token, server);
  const { login, realm } = subject.kind === 'user' ? subject : { login: '', realm: '' };
  const said = checksPin ? challenge?.data : undefined;
  const transaction = textOf(said, THEIR_TRANSACTION);
  // Where the PIN is checked here, an OTP there must be.
  if (!checksPin && text === '') return null;
  const check = server.check(token, { text, login, realm, transaction, server: textOf(said, SERVER), hops });
  if (!check) return null;
  if (hops >= MOST_HOPS) return { unanswered: FORWARDED_TOO_OFTEN };
  const question: LoginQuestion = {
    kind: 'server-check',
    about: [...revisionsOf(token), transaction ?? '', text].join('\0'),
    check,
  };
  const answer = answers(question);
  return answer === undefined ? { question } : matchOf(answer, token, server);
}

function matchOf(answer: ServerAnswer, token: Token, server: ServerOtps): Match {
  switch (answer.kind) {
    case 'accepted': {
      const spends = server.spends(token, answer);
      return spends && { spends, answered: null };
    }
    case 'rejected':
      return null;
    case 'challenged': {
      const { transaction, message, server: asking } = answer;
      // An OTP alone asks for nothing more.
      if (!checksPinThere(token, server)) return null;
      const data: ChallengeData = { [THEIR_TRANSACTION]: transaction, message };
      return { asks: asking === undefined ? data : { ...data, [SERVER]: asking } };
    }
    case 'failed':
      return { unanswered: answer.reason };
  }
}

function textOf(data: ChallengeData | undefined, name: string): string | null {
  const value = data?.[name];
  return value === undefined ? null : String(value);
}

/** An answer is one about the tokens as they were: changed ones are asked about anew. */
function revisionsOf(token: Token): string[] {
  return storedOf(token).map(({ id, revision }) => `${id}:${revision}`);
}
