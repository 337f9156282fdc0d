import { closedPort } from '../../support/servers/given-http-gateway.js';
import { givePolicies } from '../../support/domain/given-policies.js';
import { RFC_KEY_HEX, hotpAt } from '../../support/clients/otp.js';
import { TokenServer, WITHIN_MS } from '../../support/application/token-server.js';

describe('a user without a token', () => {
  let here: TokenServer;
  let there: TokenServer;

  beforeAll(async () => {
    here = await TokenServer.start({ TWINLOCK_FORWARD_SECONDS: '2' });
    there = await TokenServer.start();
    const form = { resolver: 'first', passwords_in_plaintext: 'true' };
    await here.admin.upload('/tools/import_users', form, `anna,1,A,B,,,,${password}`);
  }, WITHIN_MS);
  afterAll(() => Promise.all([here?.stop(), there?.stop()]), WITHIN_MS);

  const POLICY = { scope: 'enrollment', action: 'autoassignment, autoassignment_forward' };
  const password = 'sun';

  beforeEach(async () => {
    await Promise.all([here.removeAll(), there.removeAll()]);
    await here.database.query('DELETE FROM login_throttle');
    await givePolicies(here.database, [POLICY]);
    await there.init({ serial: 'THERE', type: 'hmac', otpkey: RFC_KEY_HEX, user: 'anna', pin: password });
    await enrol('FREE');
  });

  const enrol = (serial: string, server = there.server.url) =>
    here.init({ type: 'remote', serial, realm: 'one', 'remote.server': server, 'remote.user': 'anna' });
  const owners = async () => {
    const { rows } = await here.database.query<{ serial: string }>(
      'SELECT serial FROM token WHERE owner_user_id IS NOT NULL',
    );
    return rows.map(({ serial }) => serial);
  };

  it('gets the remote token whose server lets them in, with their password as its PIN', async () => {
    await expect(here.byUser(`${password}${hotpAt(0)}`)).resolves.toBe(true);
    expect(await owners()).toEqual(['FREE']);
    // The PIN is checked here from now on, and the OTP there.
    await there.ask('/admin/set', { serial: 'THERE', pin: '' });
    await expect(here.byUser(`${password}${hotpAt(1)}`)).resolves.toBe(true);
    await expect(here.byUser(`x${hotpAt(2)}`)).resolves.toBe(false);
  });

  it.each([
    ['by a wrong OTP', () => `${password}000000`],
    ['by a wrong password', () => `x${hotpAt(0)}`],
  ])('gets none %s', async (_title, pass) => {
    await expect(here.byUser(pass())).resolves.toBe(false);
    expect(await owners()).toEqual([]);
  });

  it('gets none without the policy', async () => {
    await givePolicies(here.database, [{ scope: 'enrollment', action: 'autoassignment' }]);
    await expect(here.byUser(`${password}${hotpAt(0)}`)).resolves.toBe(false);
    expect(await there.stored('THERE')).toMatchObject({ counter: 0, failures: 0 });
  });

  it('gets none of two whose servers let them in, nor while one of them is away', async () => {
    await enrol('SECOND');
    await expect(here.byUser(`${password}${hotpAt(0)}`)).resolves.toBe(false);
    await here.ask('/admin/remove', { serial: 'SECOND' });
    await enrol('AWAY', `http://127.0.0.1:${await closedPort()}`);
    await expect(here.byUser(`${password}${hotpAt(1)}`)).resolves.toBe(false);
    expect(await owners()).toEqual([]);
  });
});
