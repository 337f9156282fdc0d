import type { LoginAnswers, LoginAttempt, LoginDecision, LoginQuestion, LoginUser } from '../login.js';
import { rejected, withoutToken } from '../decide/verdicts.js';
import { FORWARDED_TOO_OFTEN, MOST_HOPS } from './forwarding.js';

const FORWARDED = 'Forwarded, result True';
const REFUSED = 'Forwarded, result False';

/**
 * What the server says, and nothing else, whatever tokens the user has here (spec/validate-api §2.3, rows 2 and 4f). No
 * token counts what was guessed wrong: the user's guesses are counted before the server is asked.
 */
export function decideElsewhere(
  server: string,
  { password, hops }: LoginAttempt,
  subject: LoginUser,
  answers: LoginAnswers,
): LoginDecision | { readonly question: LoginQuestion } {
  if (password === null) return rejected('no-password', '', [], [], 'ERR905: Missing parameter:pass');
  if (hops >= MOST_HOPS) return rejected('elsewhere', REFUSED, [], [], FORWARDED_TOO_OFTEN);
  const attempt = { kind: 'password-attempt' } as const;
  const mayTry = answers(attempt);
  if (mayTry === undefined) return { question: attempt };
  if (!mayTry) return rejected('elsewhere', REFUSED, [], [], 'not asked: too many wrong passwords');
  const { login, realm } = subject;
  const question = { kind: 'remote-login', server, login, realm, password } as const;
  const answer = answers(question);
  if (answer === undefined) return { question };
  switch (answer.kind) {
    case 'accepted':
      return withoutToken(FORWARDED, subject);
    case 'detail':
      return {
        verdict: { kind: 'relayed', detail: answer.detail },
        effects: [],
        facts: { succeeded: false, detail: REFUSED },
      };
    case 'rejected':
      return rejected('elsewhere', REFUSED);
    case 'failed':
      return rejected('elsewhere', REFUSED, [], [], answer.reason);
  }
}
