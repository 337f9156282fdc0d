import { HANS, STAFF } from '../../../../test/support/domain/given-hans.js';
import {
  PredictableRandom,
  RFC_OTPS,
  givenHotpToken,
  givenPasswordToken,
  givenTotpToken,
  pinOf,
} from '../../../../test/support/domain/given-token.js';
import { TokensInMemory } from '../../../../test/support/domain/tokens-in-memory.js';
import { matchesPin } from '../pin.js';
import { UnknownToken } from '../token.errors.js';
import { AssignTokens } from './owners/assign-tokens.js';
import { RemoveTokens } from './remove-tokens.js';
import { ResetFailures } from './reset-failures.js';
import { ResyncTokens } from './resync-tokens.js';
import { SwitchTokens } from './switch-tokens.js';
import { TokenRights } from './token-rights.js';
import { UnassignToken } from './owners/unassign-token.js';

const CONTEXT = { action: 'admin/any', client: '192.0.2.1', administrator: 'admin', user: '', realm: '' };
const OWNER = { resolver: 'first', userId: '1', resolverType: 'passwd' };
const TOKENS_OF_HANS = { references: HANS.references, realm: 'staff' };

const otp = (counter: number) => RFC_OTPS[counter] ?? '';

describe('AssignTokens', () => {
  const given = (...tokens: Parameters<typeof givenHotpToken>[0][]) => {
    const store = new TokensInMemory(tokens.map((token) => givenHotpToken(token)));
    return { store, assign: new AssignTokens(store, new PredictableRandom()) };
  };

  it('gives a token its owner, the realm of the owner and no failures', async () => {
    const { store, assign } = given({ failures: 5, realms: ['ext'], pin: pinOf('pin1') });
    await assign.execute(['OATH1'], HANS, { pin: null }, STAFF, TokenRights.ALL, CONTEXT);
    expect(store.token()).toMatchObject({ owner: OWNER, realms: ['staff'], failures: 0 });
    expect(matchesPin(store.token().pin, 'pin1')).toBe(true);
  });

  it('sets a PIN if one is given', async () => {
    const { store, assign } = given({ pin: pinOf('pin1') });
    await assign.execute(['OATH1'], HANS, { pin: 'apin' }, STAFF, TokenRights.ALL, CONTEXT);
    expect(matchesPin(store.token().pin, 'apin')).toBe(true);
  });

  it('assigns all of several tokens or none', async () => {
    const { store, assign } = given({ serial: 'A' }, { serial: 'B' });
    await expect(
      assign.execute(['A', 'NOSUCH', 'B'], HANS, { pin: null }, STAFF, TokenRights.ALL, CONTEXT),
    ).rejects.toThrow(UnknownToken);
    expect(store.tokens.map((token) => token.owner)).toEqual([null, null]);
    await assign.execute(['A', 'B'], HANS, { pin: null }, STAFF, TokenRights.ALL, CONTEXT);
    expect(store.tokens.map((token) => token.owner)).toEqual([OWNER, OWNER]);
  });
});

describe('UnassignToken', () => {
  it('takes the owner and leaves realms and PIN', async () => {
    const store = new TokensInMemory([
      givenHotpToken({ owner: OWNER, realms: ['staff'], failures: 2, pin: pinOf('pin1') }),
    ]);
    await new UnassignToken(store, new PredictableRandom()).execute(
      'OATH1',
      'hans',
      STAFF,
      TokenRights.ALL,
      CONTEXT,
    );
    expect(store.token()).toMatchObject({ owner: null, realms: ['staff'], failures: 0 });
    expect(matchesPin(store.token().pin, 'pin1')).toBe(true);
    expect(store.recorded).toMatchObject([{ succeeded: true, user: 'hans', realm: 'staff' }]);
  });
});

describe('RemoveTokens', () => {
  const given = () =>
    new TokensInMemory([
      givenHotpToken({ serial: 'A', owner: OWNER, realms: ['staff'] }),
      givenHotpToken({ serial: 'B' }),
      givenHotpToken({ serial: 'C', owner: OWNER, realms: ['ext'] }),
    ]);

  it('removes nothing when one serial is unknown', async () => {
    const store = given();
    await expect(
      new RemoveTokens(store).execute(['B', 'NOSUCH'], null, STAFF, TokenRights.ALL, CONTEXT),
    ).rejects.toThrow(UnknownToken);
    expect(store.tokens).toHaveLength(3);
  });

  it('removes the tokens of a user that are in the realm, and counts each once', async () => {
    const store = given();
    await expect(
      new RemoveTokens(store).execute(['A'], TOKENS_OF_HANS, STAFF, TokenRights.ALL, CONTEXT),
    ).resolves.toBe(1);
    expect(store.tokens.map((token) => token.serial)).toEqual(['B', 'C']);
  });
});

describe('SwitchTokens and ResetFailures', () => {
  it('count a token twice that serial and user name, and change it once', async () => {
    const store = new TokensInMemory([givenHotpToken({ owner: OWNER, failures: 4 })]);
    const target = { serial: 'OATH1', owner: TOKENS_OF_HANS };
    await expect(new ResetFailures(store).execute(target, TokenRights.ALL, CONTEXT)).resolves.toBe(2);
    expect(store.token()).toMatchObject({ failures: 0, revision: 2 });
    await expect(
      new SwitchTokens(store).execute(target, false, STAFF, TokenRights.ALL, CONTEXT),
    ).resolves.toBe(2);
    expect(store.token()).toMatchObject({ active: false, revision: 3 });
  });

  it('leave everything alone when nothing is named', async () => {
    const store = new TokensInMemory([givenHotpToken({ failures: 4 })]);
    const nobody = { serial: null, owner: null };
    await expect(new ResetFailures(store).execute(nobody, TokenRights.ALL, CONTEXT)).resolves.toBe(0);
    await expect(
      new SwitchTokens(store).execute(nobody, false, STAFF, TokenRights.ALL, CONTEXT),
    ).resolves.toBe(0);
    expect(store.token()).toMatchObject({ failures: 4, active: true, revision: 1 });
  });
});

describe('ResyncTokens', () => {
  it('moves the counter behind the second value', async () => {
    const store = new TokensInMemory([givenHotpToken({ counter: 3, failures: 2 })]);
    const resync = new ResyncTokens(store);
    await expect(
      resync.execute({ serial: 'OATH1', owner: null }, otp(15), otp(16), TokenRights.ALL, CONTEXT),
    ).resolves.toBe(true);
    expect(store.token().counter).toBe(17);
    await expect(
      resync.execute({ serial: 'OATH1', owner: null }, otp(15), otp(16), TokenRights.ALL, CONTEXT),
    ).resolves.toBe(false);
    expect(store.token().counter).toBe(17);
  });

  it('keeps the drift of a time-based token, and its other time settings', async () => {
    const now = new Date(59_000_000 * 30_000);
    const time = { stepSeconds: 30, windowSeconds: 180, shiftSeconds: 0 };
    const store = new TokensInMemory([givenTotpToken({ time })], now);
    const { hotp } = await import('@app/otp');
    const value = (step: number) => store.token().secret.use((seed) => hotp(seed, step, 6));
    const target = { serial: 'TOTP1', owner: null };
    await expect(
      new ResyncTokens(store).execute(target, value(59_000_020), value(59_000_021), TokenRights.ALL, CONTEXT),
    ).resolves.toBe(true);
    expect(store.token()).toMatchObject({ counter: 59_000_022, time: { ...time, shiftSeconds: 645 } });
  });

  it('says no for tokens that have nothing to resynchronise', async () => {
    const store = new TokensInMemory([givenPasswordToken('geheim1')]);
    await expect(
      new ResyncTokens(store).execute(
        { serial: 'KIPW1', owner: null },
        'geheim1',
        'geheim1',
        TokenRights.ALL,
        CONTEXT,
      ),
    ).resolves.toBe(false);
  });
});
