import type { LoginThrottle, ThrottledAttempt } from '@app/realms';

import type { RemoteAnswer } from './elsewhere/remote-authentication.js';
import type { PasswordHolder } from './login-scene.js';

/** Where guesses come from. */
export interface GuessOrigin {
  /** The address that the client is known by. */
  readonly client: string;
  /** The end user's, where a gateway that is trusted passes their address; `null`: it is not known. */
  readonly network: string | null;
}

/**
 * The passwords of a directory, or of another server, that one login tries. Where no token counts failures (policies `passthru`,
 * `forward_server`) a guess is counted before anybody is asked, by user and network of the client, on all nodes together.
 */
export class PasswordGuesses {
  #charged: ThrottledAttempt | null = null;
  #mayTry = false;

  /** @param isRight asks the directory */
  constructor(
    private readonly throttle: LoginThrottle,
    private readonly holder: PasswordHolder | null,
    private readonly from: GuessOrigin,
    private readonly isRight: (password: string) => Promise<boolean>,
  ) {}

  /**
   * Whether the user may try one more now; counted as a failure until it is known better. One login is charged once, whatever is
   * tried for it.
   *
   * @param ofAnybody it may be right for whoever makes it: all guesses from one network count together
   * @throws Unavailable
   */
  async mayTry(ofAnybody: boolean): Promise<boolean> {
    if (!this.holder) return false;
    if (this.#mayTry) return true;
    const { client, network } = this.from;
    const userNetwork = ofAnybody && network !== null ? { userNetwork: network } : {};
    const attempt = { account: accountOf(this.holder), client, isUser: true, ...userNetwork } as const;
    const verdict = await this.throttle.charge(attempt);
    if (verdict.kind === 'throttled') return false;
    this.#charged = attempt;
    this.#mayTry = true;
    return true;
  }

  /** @throws Unavailable when the directory does not answer, which is no failure of the user's */
  async matches(password: string): Promise<boolean> {
    const isRight = await this.unlessAway(() => this.isRight(password));
    const charged = this.#taken();
    if (isRight && charged) await this.throttle.succeeded(charged);
    return isRight;
  }

  /** What somebody else finds out about it: nothing was guessed where that cannot be done. @throws what `find` throws */
  async unlessAway<T>(find: () => Promise<T>): Promise<T> {
    try {
      return await find();
    } catch (error) {
      const charged = this.#taken();
      if (charged) await this.throttle.withdraw(charged);
      throw error;
    }
  }

  /**
   * The user is logged in by now: that the count stays must not undo it.
   * @param byIt since it was right; else whatever they sent, so that nothing was guessed
   */
  async letIn(byIt: boolean): Promise<void> {
    const charged = this.#taken();
    if (!charged) return;
    const counted = byIt ? this.throttle.succeeded(charged) : this.throttle.withdraw(charged);
    await counted.catch(() => undefined);
  }

  /** What another server says of it: only a refusal tells that it was wrong. @throws Unavailable */
  async judged(asked: Promise<RemoteAnswer>): Promise<RemoteAnswer> {
    const charged = this.#taken();
    const answer = await asked;
    if (!charged || isRefusal(answer)) return answer;
    if (answer.kind === 'accepted') await this.throttle.succeeded(charged);
    else await this.throttle.withdraw(charged);
    return answer;
  }

  #taken(): ThrottledAttempt | null {
    const charged = this.#charged;
    this.#charged = null;
    return charged;
  }
}

/** A detail that asks nothing stands beside a refusal (`detail_on_fail` of the other server): else its users could be guessed at. */
function isRefusal(answer: RemoteAnswer): boolean {
  const asksNothing = answer.kind === 'detail' && typeof answer.detail['transactionid'] !== 'string';
  return answer.kind === 'rejected' || asksNothing;
}

/** By the name that the directory has for them, in one case: whatever they write, and wherever, it is one account. */
function accountOf({ login, record }: PasswordHolder): string {
  return (record.username || login).normalize('NFKC').toLowerCase();
}
