import type { RandomSource } from '@app/kernel';
import { type ActionValue, readInteger } from '@app/policies';
import { type ConfigurationSnapshot, DURATION, type RealmUser, policySubject } from '@app/realms';

import { UnreadableLifetime } from '../../token.errors.js';
import { drawnText, poolOf } from '../enrol/drawn-text.js';

const SCOPE = 'enrollment';
const DEFAULT_LENGTH = 10;
const LONGEST = 99;
const DEFAULT_DAYS = 10;
const MOST_DAYS = 3_650;

/** What policies say about the password in place of a lost token (spec/policies §8.5). */
export class TemporaryTokenPolicies {
  constructor(
    private readonly configuration: ConfigurationSnapshot,
    private readonly user: RealmUser,
    /** The address of the administrator's client. */
    private readonly client: string,
    private readonly now: Date,
  ) {}

  password(random: RandomSource): string {
    const length = readInteger(this.#value('lostTokenPWLen') ?? '') ?? DEFAULT_LENGTH;
    const content = this.#value('lostTokenPWContents');
    const pool = poolOf(typeof content === 'string' ? content : '');
    return drawnText(pool, length < 1 ? DEFAULT_LENGTH : Math.min(length, LONGEST), random);
  }

  /**
   * Days end with a day of UTC, a duration so much later than now. What is neither ends today.
   * @throws UnreadableLifetime
   */
  validUntil(): Date {
    const [policy] = this.configuration.policies.unreadable({
      scope: SCOPE,
      action: 'lostTokenValid',
      realm: this.user.realm,
    });
    if (policy !== undefined) throw new UnreadableLifetime(policy);
    const value = this.#value('lostTokenValid');
    if (value === undefined) return this.#endOfDay(DEFAULT_DAYS);
    const days = readInteger(value);
    if (days !== null) return this.#endOfDay(Math.min(Math.max(0, days), MOST_DAYS));
    const seconds = DURATION.parse(String(value));
    return seconds === undefined ? this.#endOfDay(0) : this.#minuteIn(seconds);
  }

  #endOfDay(days: number): Date {
    const { now } = this;
    return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + days, 23, 59));
  }

  /** Clients are told the minute, so it ends with one. */
  #minuteIn(seconds: number): Date {
    const end = new Date(this.now.getTime() + seconds * 1000);
    end.setUTCSeconds(0, 0);
    return end;
  }

  #value(action: string): ActionValue | undefined {
    const { policies } = this.configuration;
    if (!policies.hasActive(SCOPE)) return undefined;
    const { client, now: time } = this;
    const subject = policySubject(this.user);
    return policies.value({ scope: SCOPE, action, realm: this.user.realm, subject, client, time });
  }
}
