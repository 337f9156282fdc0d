import { givePolicies } from '../../support/domain/given-policies.js';
import { RFC_KEY_HEX, hotpAt } from '../../support/clients/otp.js';
import { TokenServer, WITHIN_MS } from '../../support/application/token-server.js';

/** Tokens for the first steps, which go once another one was used (spec/validate-api §2.7). */
describe('rollout tokens', () => {
  let tokens: TokenServer;

  beforeAll(async () => {
    tokens = await TokenServer.start();
    await givePolicies(tokens.database, [
      { scope: 'enrollment', action: 'purge_rollout_token', realm: 'one' },
      { scope: 'authentication', action: 'challenge_response=hmac', realm: 'one' },
    ]);
  }, WITHIN_MS);
  beforeEach(async () => {
    await tokens.removeAll();
    await tokens.init({ serial: 'MAIN', type: 'hmac', otpkey: RFC_KEY_HEX, user: 'anna', pin: 'apin' });
    await tokens.init({ serial: 'FREE', type: 'pw', otpkey: 'geheim', user: 'anna', pin: 'bpin' });
    const scope = JSON.stringify({ path: ['userservice'] });
    await tokens.init({ serial: 'ROLL1', type: 'pw', otpkey: 'first', user: 'anna', scope });
    await tokens.init({ serial: 'ROLL2', type: 'pw', otpkey: 'second', user: 'anna', scope });
    await tokens.ask('/admin/disable', { serial: 'ROLL2' });
  });
  afterAll(() => tokens?.stop());

  const left = async () =>
    (await tokens.database.query<{ serial: string }>('SELECT serial FROM token ORDER BY serial')).rows.map(
      ({ serial }) => serial,
    );
  const record = async () =>
    (await tokens.database.query('SELECT succeeded, info FROM audit_record ORDER BY number DESC LIMIT 1'))
      .rows[0];
  const PURGED = { succeeded: true, info: expect.stringContaining('purged rollout tokens: ROLL1, ROLL2') };

  it('go with a login by user', async () => {
    expect(await tokens.byUser('apin000000')).toBe(false);
    expect(await left()).toEqual(['FREE', 'MAIN', 'ROLL1', 'ROLL2']);
    expect(await tokens.byUser(`apin${hotpAt(0)}`)).toBe(true);
    expect(await left()).toEqual(['FREE', 'MAIN']);
    expect(await record()).toMatchObject(PURGED);
  });

  it('go with a login by serial', async () => {
    expect(await tokens.bySerial('MAIN', `apin${hotpAt(0)}`)).toBe(true);
    expect(await left()).toEqual(['FREE', 'MAIN']);
    expect(await record()).toMatchObject(PURGED);
  });

  it('go with an answer to a challenge', async () => {
    const { detail } = await tokens.login('/validate/check', { user: 'anna', pass: 'apin' });
    const transactionid = String(detail?.['transactionid']);
    const { result, detail: told } = await tokens.login('/validate/check_t', {
      transactionid,
      pass: hotpAt(0),
    });
    expect(result.value).toEqual({ value: true, failcount: 0 });
    expect(told).toMatchObject({ serial: 'MAIN', token_type: 'HMAC' });
    expect(await left()).toEqual(['FREE', 'MAIN']);
    expect(await record()).toMatchObject(PURGED);
  });

  it('stay where one of them changed meanwhile only as long as it takes to look again', async () => {
    const logins = Array.from({ length: 8 }, (_, turn) => tokens.byUser(`apin${hotpAt(turn)}`));
    const changes = Array.from({ length: 4 }, (_, turn) =>
      tokens.ask('/admin/set', { serial: 'ROLL1', description: `changed ${turn}` }),
    );
    const answers = await Promise.all(logins);
    await Promise.all(changes);
    expect(answers).toContain(true);
    expect(await left()).toEqual(['FREE', 'MAIN']);
  });
});
