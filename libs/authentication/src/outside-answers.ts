import type {
  KeyChecks,
  PasswordHasher,
  ServerAnswer,
  ServerCheck,
  Token,
  UnassignedSearch,
} from '@app/tokens';

import type { Challenge } from './challenges/challenge.js';
import type { RemoteAuthentication } from './elsewhere/remote-authentication.js';
import { keyOf } from './login-keys.js';
import type { AnswerTo, LoginAnswers, LoginDecision, LoginQuestion } from './login.js';
import type { PasswordGuesses } from './password-guesses.js';

/** What a login comes to, by its tokens and challenges at a time, as far as it can be told. */
export type Decide = (
  tokens: readonly Token[],
  now: Date,
  challenges: readonly Challenge[],
) => LoginDecision | { readonly question: LoginQuestion };

export type UnassignedQuestion = Extract<
  LoginQuestion,
  { readonly kind: 'unassigned-token' | 'unassigned-remote' }
>;

/** What one login asks the outside, each question once: answers are kept for whoever decides again. */
export class OutsideAnswers {
  /** Most logins ask nothing. */
  #known: Map<string, unknown> | null = null;

  /** @param options what the client said for another server, beside user, realm and password */
  constructor(
    private readonly passwords: PasswordHasher,
    private readonly guesses: PasswordGuesses,
    private readonly remote: RemoteAuthentication,
    private readonly options: () => ReadonlyMap<string, string>,
    private readonly servers: (check: ServerCheck) => Promise<ServerAnswer>,
    private readonly unassigned: (question: UnassignedQuestion) => Promise<UnassignedSearch>,
    private readonly keys: Pick<KeyChecks, 'asserted'>,
  ) {}

  // Kept under the question's own key, by the one method that fits its kind.
  readonly known: LoginAnswers = <Q extends LoginQuestion>(question: Q) =>
    this.#known?.get(keyOf(question)) as AnswerTo<Q> | undefined;

  /** Decides, asking as often as the decision needs; no connection is held meanwhile. @throws Unavailable */
  async decided(decide: () => LoginDecision | { readonly question: LoginQuestion }): Promise<LoginDecision> {
    for (;;) {
      const decision = decide();
      if (!('question' in decision)) return decision;
      const { question } = decision;
      const answer = await this.#ask(question);
      this.#known ??= new Map();
      this.#known.set(keyOf(question), answer);
    }
  }

  #ask(question: LoginQuestion): Promise<AnswerTo<LoginQuestion>> {
    switch (question.kind) {
      case 'password-hash':
        return this.passwords.verify(question.hash, question.candidate);
      case 'password-attempt':
        return this.guesses.mayTry(question.ofAnybody ?? false);
      case 'user-password':
        return this.guesses.matches(question.candidate);
      case 'unassigned-token':
      case 'unassigned-remote':
        return this.guesses.unlessAway(() => this.unassigned(question));
      case 'server-check':
        return this.servers(question.check);
      case 'key-assertion':
        return this.keys.asserted(question.check);
      case 'remote-login':
        return this.guesses.judged(this.remote.ask({ ...question, options: this.options() }));
    }
  }
}
