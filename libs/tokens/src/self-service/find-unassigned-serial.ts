import type { AuditContext, AuditFacts, AuditTrail } from '@app/audit';
import type { Clock } from '@app/kernel';
import { type LoginThrottle, type RealmUser, type ThrottledAttempt, clientNetwork } from '@app/realms';

import { tokensInRecord } from '../administer/record.js';
import { matchOf, spendingChanges } from '../look/find-token-by-otp.js';
import type { FindUnassignedToken, UnassignedSearch } from '../look/find-unassigned-token.js';
import type { TokenAdministration } from '../token-administration.js';
import { AmbiguousOtp } from '../token.errors.js';
import { OwnChanges } from './own-changes.js';
import { OtpGuessesExhausted } from './self-service.errors.js';

type Found = Extract<UnassignedSearch, { readonly kind: 'found' }>;

/**
 * Tells a user the serial of a token that nobody has, by an OTP of it (spec/validate-api §4.8). Any of many tokens may fit
 * what is guessed: guesses are counted before anything is looked at, by user and by network, together with those of logins
 * that would be given a token.
 */
export class FindUnassignedSerial {
  readonly #changes: OwnChanges;

  constructor(
    private readonly search: FindUnassignedToken,
    administration: TokenAdministration,
    private readonly throttle: LoginThrottle,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {
    this.#changes = new OwnChanges(administration);
  }

  /**
   * The OTP of the token that was found is spent, and of no other.
   *
   * @param typeLabel `null`: of any type
   * @returns `''` where none is found: that is recorded, too
   * @throws OtpGuessesExhausted, AmbiguousOtp, Unavailable
   */
  async execute(
    otp: string,
    typeLabel: string | null,
    user: RealmUser,
    context: AuditContext,
  ): Promise<string> {
    const guess = guessOf(user, context.client);
    const verdict = await this.throttle.charge(guess);
    if (verdict.kind === 'throttled') throw new OtpGuessesExhausted(verdict.retryAfterSeconds);
    const found = await this.#unlessAway(guess, () =>
      this.search.execute(
        { realm: user.realm, typeLabel, serial: null, hasPin: false },
        () => otp,
        this.clock.now(),
      ),
    );
    if (found.kind === 'several') throw new AmbiguousOtp();
    if (found.kind !== 'found') return this.#notFound(found.kind, context);
    const isSpent = await this.#spend(found, otp, context);
    if (!isSpent) return '';
    // Not `succeeded`: who knows the seed of a token could forget wrong guesses by it.
    await this.throttle.withdraw(guess);
    return found.token.serial;
  }

  /** A login may have been faster, or another user: then the value is nobody's any more. */
  async #spend({ token: found }: Found, otp: string, context: AuditContext): Promise<boolean> {
    return this.#changes.change(context, async (tokens) => {
      const [token] = await tokens.lock([found.id]);
      const isFree = token !== undefined && token.owner === null && token.revision === found.revision;
      const spends = isFree ? matchOf(token, otp, tokens.now) : null;
      if (token && spends) await tokens.update(token.id, spendingChanges(token, spends));
      const facts = { succeeded: spends !== null, ...(spends && tokensInRecord([found])) };
      return { result: spends !== null, facts };
    });
  }

  async #notFound(kind: 'none' | 'too-many', context: AuditContext): Promise<''> {
    const info = kind === 'too-many' ? 'too many unassigned tokens to tell them apart by an OTP' : '';
    const facts: AuditFacts = { succeeded: false, info };
    await this.trail.append(context, facts);
    return '';
  }

  async #unlessAway<T>(guess: ThrottledAttempt, find: () => Promise<T>): Promise<T> {
    try {
      return await find();
    } catch (error) {
      await this.throttle.withdraw(guess);
      throw error;
    }
  }
}

/** Not counted with the user's passwords: who mistypes OTPs logs in all the same. */
function guessOf({ login, realm, record }: RealmUser, client: string): ThrottledAttempt {
  const name = (record.username || login).normalize('NFKC').toLowerCase();
  return {
    account: `serial by OTP: ${name}@${realm}`,
    client,
    isUser: true,
    userNetwork: clientNetwork(client),
  };
}
