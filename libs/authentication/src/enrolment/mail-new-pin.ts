import type { AuditContext } from '@app/audit';
import type { Clock, RandomSource } from '@app/kernel';
import { asAsked } from '@app/policies';
import {
  type ConfigurationSnapshot,
  type EmailMessage,
  type MessageGateway,
  type RealmUser,
  policySubject,
} from '@app/realms';
import { EnrolmentPolicies, type GiveMailedPin, type MailedPin, type Token } from '@app/tokens';

const SCOPE = 'notification';
const ACTION = 'autoenrollment';
/** `email`, or `email::name of a provider`. */
const BY_EMAIL = /^email(?:::(.+))?$/;
const SUBJECT = 'Your new token';
const BODY = 'A token was enrolled for you. Its PIN is <otp>';

/**
 * Mails the owner of a token that was enrolled at a login a PIN of its own, in place of their password of the directory, where a
 * policy wants that (spec/policies §8.8).
 */
export class MailNewPin {
  constructor(
    private readonly gateway: MessageGateway,
    private readonly pins: GiveMailedPin,
    private readonly clock: Clock,
    private readonly random: RandomSource,
  ) {}

  /** Nobody waits for it: what goes wrong is on record, or got lost with this node, and the token keeps the password. */
  async execute(
    enrolled: Token,
    user: RealmUser,
    configuration: ConfigurationSnapshot,
    context: AuditContext,
  ): Promise<void> {
    try {
      const provider = this.#provider(user, configuration, context);
      if (provider === null) return;
      const mailed = await this.#mailed(provider, enrolled, user, configuration, context);
      await this.pins.execute(enrolled, mailed, user, configuration, context);
    } catch {
      // The mail may have been sent: its PIN does not count.
    }
  }

  /** What the policy says; `null`: there is none. */
  #provider(user: RealmUser, { policies }: ConfigurationSnapshot, { client }: AuditContext): string | null {
    if (!policies.hasActive(SCOPE)) return null;
    const subject = policySubject(user);
    const time = this.clock.now();
    const query = { scope: SCOPE, action: ACTION, realm: user.realm, subject, client, time };
    const value = policies.value(asAsked(query));
    return value === undefined ? null : String(value).trim();
  }

  async #mailed(
    provider: string,
    { serial }: Token,
    user: RealmUser,
    configuration: ConfigurationSnapshot,
    { client }: AuditContext,
  ): Promise<MailedPin> {
    const [isEmail, name] = BY_EMAIL.exec(provider) ?? [];
    if (isEmail === undefined) {
      return { pin: null, reason: "No notification has been sent - 'autoenrollment' provider defined?" };
    }
    const to = user.record.email.trim();
    if (to === '') {
      return { pin: null, reason: 'Unable to notify user via email - user has no email address' };
    }
    const policies = new EnrolmentPolicies(configuration, user, client, this.clock.now());
    const pin = policies.mailedPin(this.random);
    const values = { otp: pin, pin, serial, username: user.login };
    const message: EmailMessage = { kind: 'email', to, subject: SUBJECT, body: BODY, values };
    const delivery = await this.gateway.send({ message, providers: name === undefined ? [] : [name] });
    return delivery.kind === 'sent'
      ? { pin, status: 'new PIN sent by e-mail' }
      : { pin: null, reason: `${delivery.text}: ${delivery.reason}` };
  }
}
