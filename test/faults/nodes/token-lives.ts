import { setTimeout as pause } from 'node:timers/promises';

import type pg from 'pg';

import type { LoginAnswer } from '../login-client.js';

const PAUSE_MS = 5;
const LIFE = ['init', 'set', 'disable', 'remove'] as const;

/** How far a token got in its life, which is `LIFE`. */
interface Lived {
  readonly serial: string;
  /** Changes that somebody was told of. */
  acknowledged: number;
  /** Changes that were sent. */
  sent: number;
}

/** An administrator who enrols one token after the other, describes, disables and removes it, whatever the answers are. */
export class TokenLives {
  readonly #lives: Lived[] = [];
  unanswered = 0;
  #isEnded = false;
  readonly #running: Promise<void>;

  constructor(
    private readonly change: (path: string, form: Readonly<Record<string, string>>) => Promise<LoginAnswer>,
    private readonly prefix: string,
  ) {
    this.#running = this.#live();
  }

  get acknowledged(): number {
    return this.#lives.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  }

  async #live(): Promise<void> {
    for (let turn = 0; !this.#isEnded; turn++) {
      const life: Lived = { serial: `${this.prefix}${turn}`, acknowledged: 0, sent: 0 };
      this.#lives.push(life);
      // Each ends elsewhere in its life, so that all of its states are looked at.
      for (const step of LIFE.slice(0, 1 + (turn % LIFE.length))) {
        life.sent++;
        const answer = await this.change(`/admin/${step}`, formOf(step, life.serial));
        if (!isAcknowledged(answer)) {
          this.unanswered++;
          break;
        }
        life.acknowledged++;
      }
      await pause(PAUSE_MS);
    }
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    await this.#running;
  }

  /** Each change that somebody was told of took place, and none that nobody asked for. */
  async expectKept(database: pg.Client): Promise<void> {
    const { rows } = await database.query<{ serial: string; description: string; active: boolean }>(
      'SELECT serial, description, active FROM token WHERE starts_with(serial, $1)',
      [this.prefix],
    );
    const found = new Map(rows.map((row) => [row.serial, row]));
    const lost = this.#lives.filter(({ serial, acknowledged, sent }) => {
      const row = found.get(serial);
      const reached = !row ? (sent === LIFE.length ? sent : 0) : !row.active ? 3 : row.description ? 2 : 1;
      return reached < acknowledged || reached > sent;
    });
    expect(lost).toEqual([]);
  }
}

function formOf(step: (typeof LIFE)[number], serial: string): Readonly<Record<string, string>> {
  if (step === 'init') return { serial, type: 'hmac', genkey: '1' };
  return step === 'set' ? { serial, description: 'described' } : { serial };
}

function isAcknowledged({ status, text }: LoginAnswer): boolean {
  return status === 200 && /"status":\s*true/.test(text) && !/"value":\s*(false|0)/.test(text);
}
