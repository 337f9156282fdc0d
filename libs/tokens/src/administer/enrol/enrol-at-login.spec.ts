import { HANS, STAFF } from '../../../../../test/support/domain/given-hans.js';
import { PredictableRandom } from '../../../../../test/support/domain/given-token.js';
import { policySetOf } from '../../../../../test/support/domain/policy-decisions.js';
import { TokensInMemory } from '../../../../../test/support/domain/tokens-in-memory.js';
import { matchesPin } from '../../pin.js';
import { EnrolAtLogin } from './enrol-at-login.js';

const CONTEXT = { action: 'validate/check', client: '192.0.2.1', administrator: '', user: '', realm: '' };

describe('EnrolAtLogin', () => {
  it('keeps the password of the directory unreadable, whatever a policy says of PINs', async () => {
    const store = new TokensInMemory();
    const policies = policySetOf(['enrollment: otp_pin_encrypt=1']);
    const outcome = await new EnrolAtLogin(store, new PredictableRandom()).execute(
      { type: 'sms', recipient: '0049151', pin: 'password' },
      HANS,
      { ...STAFF, policies },
      CONTEXT,
    );
    expect(outcome.kind).toBe('enrolled');
    const { pin } = store.token();
    expect(matchesPin(pin, 'password')).toBe(true);
    expect(pin?.use((bytes) => Buffer.from(bytes).includes('password'))).toBe(false);
  });
});
