import { HANS, STAFF } from '../../../../../test/support/domain/given-hans.js';
import { policySetOf } from '../../../../../test/support/domain/policy-decisions.js';
import { PredictableRandom, givenHotpToken, pinOf } from '../../../../../test/support/domain/given-token.js';
import { TokensInMemory } from '../../../../../test/support/domain/tokens-in-memory.js';
import { matchesPin } from '../../pin.js';
import { NEVER_USED, type Token } from '../../token.js';
import { AssignAtLogin } from './assign-at-login.js';

const CONTEXT = { action: 'validate/check', client: '192.0.2.1', administrator: '', user: '', realm: '' };
const OWNER = { resolver: 'first', userId: '1', resolverType: 'passwd' };
const SPENDS = { nextCounter: 4, once: true };
const FOUND = {
  counter: 2,
  failures: 3,
  pin: pinOf('old'),
  uses: { ...NEVER_USED, maxAttempts: 5, maxSuccesses: 5 },
};

/** Assigns a token that was found as `FOUND`, and is by now something else. */
async function assign(
  now: Partial<Token>,
  pin: string | null = '',
  others: readonly Token[] = [],
  configuration = STAFF,
) {
  const store = new TokensInMemory([givenHotpToken({ ...FOUND, ...now }), ...others]);
  const found = { ...givenHotpToken(FOUND), id: 1 };
  const outcome = await new AssignAtLogin(store, new PredictableRandom()).execute(
    { token: found, spends: SPENDS, pin },
    HANS,
    configuration,
    { succeeded: true },
    CONTEXT,
  );
  return { store, outcome };
}

describe('AssignAtLogin', () => {
  it('gives the token to the user, and spends its OTP and a use', async () => {
    const { store, outcome } = await assign({}, 'new');
    expect(outcome).toEqual({ kind: 'assigned' });
    expect(store.token()).toMatchObject({
      owner: OWNER,
      realms: ['staff'],
      counter: 4,
      failures: 0,
      uses: { attempts: 1, successes: 1 },
    });
    expect(matchesPin(store.token().pin, 'new')).toBe(true);
    expect(store.recorded).toEqual([{ succeeded: true }]);
  });

  it('keeps the password of the directory unreadable, whatever a policy says of PINs', async () => {
    const { store } = await assign({}, 'password', [], {
      ...STAFF,
      policies: policySetOf(['enrollment: otp_pin_encrypt=1']),
    });
    const { pin } = store.token();
    expect(matchesPin(pin, 'password')).toBe(true);
    expect(pin?.use((bytes) => Buffer.from(bytes).includes('password'))).toBe(false);
  });

  it.each<[string, Partial<Token>]>([
    ['somebody has it', { owner: OWNER }],
    ['somebody changed it', { revision: 2 }],
    ['it is disabled', { active: false }],
    ['its OTP is spent', { counter: 4 }],
    // One more may lock it or have logins wait, by limits that only logins know.
    ['somebody guessed', { failures: 4 }],
    ['a login was tried', { uses: { ...FOUND.uses, attempts: 1 } }],
    ['somebody logged in', { uses: { ...FOUND.uses, successes: 1 } }],
  ])('leaves it as it is where meanwhile %s', async (_what, now) => {
    const { store, outcome } = await assign(now);
    expect(outcome).toEqual({ kind: 'overtaken' });
    expect(store.token()).toMatchObject({ ...FOUND, ...now });
    expect(store.recorded).toEqual([]);
  });

  it('leaves it to others where the user has a token by now', async () => {
    const { store, outcome } = await assign({}, '', [givenHotpToken({ serial: 'HANS', owner: OWNER })]);
    expect(outcome).toEqual({ kind: 'overtaken' });
    expect(store.token('OATH1')).toMatchObject({ owner: null, counter: 2 });
  });

  it('takes one whose failures were forgotten meanwhile', async () => {
    await expect(assign({ failures: 0 })).resolves.toMatchObject({ outcome: { kind: 'assigned' } });
  });
});
