import { setTimeout as pause } from 'node:timers/promises';

import type pg from 'pg';

import type { LoginAnswer } from './login-client.js';

const PAUSE_MS = 5;

/** Gateways that send one right OTP after the other, and the same again until they hear what became of it. */
export class LoginStream {
  readonly answers: LoginAnswer[] = [];
  /** Of each value, as `serial counter`. */
  readonly acceptancesOf = new Map<string, number>();
  /** When each acceptance was heard, on the clock of `performance.now()`. */
  readonly acceptedAt: number[] = [];
  readonly #ended = new AbortController();
  readonly #running: readonly Promise<void>[];

  /** @param login with the value of the RFC's key at that counter */
  constructor(
    private readonly login: (serial: string, counter: number) => Promise<LoginAnswer>,
    readonly serials: readonly string[],
  ) {
    this.#running = serials.map((serial) => this.#gateway(serial));
  }

  async #gateway(serial: string): Promise<void> {
    for (let counter = 0; !this.#ended.signal.aborted;) {
      const answer = await this.login(serial, counter);
      this.answers.push(answer);
      const value = `${serial} ${counter}`;
      if (answer.isAccepted) {
        this.acceptancesOf.set(value, (this.acceptancesOf.get(value) ?? 0) + 1);
        this.acceptedAt.push(performance.now());
      }
      // A no means that it was spent before, by a request whose answer was lost.
      if (answer.status === 200) counter++;
      else await pause(PAUSE_MS);
    }
  }

  /** Until so many more were accepted. */
  async has(more: number): Promise<void> {
    const wanted = this.acceptancesOf.size + more;
    while (this.acceptancesOf.size < wanted) await pause(PAUSE_MS);
  }

  /** From that time on to the next acceptance. */
  secondsFrom(time: number): number {
    return ((this.acceptedAt.find((at) => at >= time) ?? Number.NaN) - time) / 1000;
  }

  /** The longest time without an acceptance that began at that time or later. */
  longestGapFrom(time: number): number {
    const times = [time, ...this.acceptedAt.filter((at) => at >= time)];
    return Math.max(...times.slice(1).map((at, place) => at - (times[place] ?? at))) / 1000;
  }

  async end(): Promise<void> {
    this.#ended.abort();
    await Promise.all(this.#running);
  }

  /** Answered `no`: their values were spent by requests whose answers were lost. */
  get lost(): number {
    return this.answers.filter(({ status, isAccepted }) => status === 200 && !isAccepted).length;
  }
}

/** How often the trail says that the token was accepted, and which value it expects next. */
export async function storedLogins(
  database: pg.Client,
  serial: string,
): Promise<{ acceptances: number; counter: number }> {
  const { rows } = await database.query(
    `SELECT counter::int, (SELECT count(*)::int FROM audit_record r WHERE r.serial = t.serial AND r.succeeded
       AND r.action LIKE 'validate/%') AS acceptances FROM token t WHERE serial = $1`,
    [serial],
  );
  return rows[0];
}

/** No value was accepted twice, none that the trail does not know of, and none that the token would take again. */
export async function expectSound(database: pg.Client, stream: LoginStream): Promise<void> {
  expect([...stream.acceptancesOf].filter(([, times]) => times > 1)).toEqual([]);
  for (const serial of stream.serials) {
    const { acceptances, counter } = await storedLogins(database, serial);
    expect(acceptances).toBe(counter);
    const heard = [...stream.acceptancesOf.keys()]
      .filter((value) => value.startsWith(`${serial} `))
      .map((value) => Number(value.slice(serial.length + 1)));
    expect(heard.length).toBeLessThanOrEqual(acceptances);
    expect(Math.max(-1, ...heard)).toBeLessThan(counter);
  }
}
