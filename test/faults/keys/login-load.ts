import { hotpAt } from '../../support/clients/otp.js';
import { type LoginAnswer, LoginClient } from '../login-client.js';

export interface Attempt extends LoginAnswer {
  /** Whether it was the first login with its OTP. */
  readonly expected: boolean;
}

/** Users who log in all the time, each with the next OTP of the RFC's key behind the PIN `pin`, and then with the same one. */
export class LoginLoad {
  #isOver = false;
  readonly #client: LoginClient;
  readonly #answers: Attempt[] = [];
  readonly #counters: number[];
  readonly #users: Promise<unknown>;

  /** @param serials one token for each user */
  constructor(
    url: string,
    private readonly serials: readonly string[],
  ) {
    this.#client = new LoginClient(url);
    this.#counters = serials.map(() => 0);
    this.#users = Promise.all(serials.map((_, place) => this.#logIn(place)));
  }

  /** @returns what was answered, and the counters that the tokens must have */
  async end(): Promise<{ readonly answers: readonly Attempt[]; readonly counters: readonly number[] }> {
    this.#isOver = true;
    await this.#users;
    this.#client.close();
    return { answers: this.#answers, counters: this.#counters };
  }

  async #logIn(place: number): Promise<void> {
    for (let counter = 0; !this.#isOver; counter++) {
      const form = { serial: this.serials[place] ?? '', pass: `pin${hotpAt(counter)}` };
      for (const expected of [true, false]) {
        this.#answers.push({ ...(await this.#client.post('/validate/check_s', form)), expected });
      }
      this.#counters[place] = counter + 1;
    }
  }
}
