import type { Delivery, DeliveryOrder } from '@app/realms';
import { GiveMailedPin, type Token, matchesPin } from '@app/tokens';

import { HANS, STAFF } from '../../../../test/support/domain/given-hans.js';
import { PredictableRandom, givenSmsToken, pinOf } from '../../../../test/support/domain/given-token.js';
import { NOW } from '../../../../test/support/domain/login-decisions.js';
import { type Given, policySetOf } from '../../../../test/support/domain/policy-decisions.js';
import { TokensInMemory } from '../../../../test/support/domain/tokens-in-memory.js';
import { MailNewPin } from './mail-new-pin.js';

const CONTEXT = { action: 'validate/check', client: '192.0.2.1', administrator: '', user: '', realm: '' };
const SENT: Delivery = { kind: 'sent', provider: 'mail', status: '' };
const ENROLLED = givenSmsToken({ id: 1, pin: pinOf('password') });

/** Mails about a token that is by now as it says. */
async function mail(
  given: readonly Given[],
  { delivery = SENT, email = 'hans@example.test', now = {} as Partial<Token> } = {},
) {
  const store = new TokensInMemory([{ ...ENROLLED, ...now }]);
  const random = new PredictableRandom();
  const orders: DeliveryOrder[] = [];
  const gateway = {
    budgetMs: 1_000,
    send: (order: DeliveryOrder) => {
      orders.push(order);
      return Promise.resolve(delivery);
    },
  };
  const mailing = new MailNewPin(gateway, new GiveMailedPin(store, random), { now: () => NOW }, random);
  const user = { ...HANS, record: { ...HANS.record, email } };
  await mailing.execute(ENROLLED, user, { ...STAFF, policies: policySetOf(given) }, CONTEXT);
  const [message] = orders.flatMap((order) => (order.message.kind === 'email' ? [order.message] : []));
  const { pin } = store.token();
  return {
    orders,
    message,
    recorded: store.recorded,
    hasMailedPin: matchesPin(pin, message?.values['otp'] ?? ''),
    hasPassword: matchesPin(pin, 'password'),
  };
}

describe('MailNewPin', () => {
  it.each<[string, readonly string[], number, ...string[]]>([
    ['email', [], 6],
    ['email::mail', ['mail'], 6],
    ['email::mail', ['mail'], 9, 'enrollment: otp_pin_random=9'],
    ['email::mail', ['mail'], 6, 'enrollment: otp_pin_random=4'],
  ])(
    'by "%s" sends a PIN through %j, and the token has it from then on',
    async (by, providers, length, ...more) => {
      const { orders, message, recorded, ...pins } = await mail([
        `notification: autoenrollment=${by}`,
        ...more,
      ]);
      expect(orders).toMatchObject([{ providers, message: { kind: 'email', to: 'hans@example.test' } }]);
      expect(message?.values['otp']).toHaveLength(length);
      expect(pins).toEqual({ hasMailedPin: true, hasPassword: false });
      expect(recorded).toMatchObject([
        { succeeded: true, serial: 'SMS1', user: 'hans', detail: 'new PIN sent by e-mail' },
      ]);
    },
  );

  it('does nothing where no policy says so', async () => {
    const { orders, recorded, hasPassword } = await mail(['enrollment: autoenrollment=sms']);
    expect([orders, recorded, hasPassword]).toEqual([[], [], true]);
  });

  it.each<[string, string, Parameters<typeof mail>[1], string]>([
    ['no address', 'email', { email: ' ' }, 'Unable to notify user via email - user has no email address'],
    [
      'no provider of e-mail',
      'sms::x',
      {},
      "No notification has been sent - 'autoenrollment' provider defined?",
    ],
    [
      'a refusal',
      'email',
      { delivery: { kind: 'failed', provider: 'mail', text: 'error sending e-mail', reason: '550' } },
      'error sending e-mail: 550',
    ],
    [
      'a change of the token',
      'email',
      { now: { revision: 2 } },
      'the token was changed meanwhile: it keeps its PIN',
    ],
  ])('leaves the PIN where there is %s, and says so', async (_what, by, given, detail) => {
    const { recorded, hasPassword } = await mail([`notification: autoenrollment=${by}`], given);
    expect(hasPassword).toBe(true);
    expect(recorded).toMatchObject([{ succeeded: false, serial: 'SMS1', detail }]);
  });
});
