import { hotpAt } from '../../support/clients/otp.js';
import { twinlock } from '../../support/application/twinlock.js';
import { type Portal, givenStaffAndGuests, passwordOf } from './given-portal.js';

const NO_SESSION = { code: -311, message: 'No valid session' };

let portal: Portal;

beforeAll(async () => {
  portal = await givenStaffAndGuests();
}, 60_000);

afterAll(() => portal?.close());

beforeEach(async () => {
  await portal.database.query('DELETE FROM token');
  await portal.database.query('DELETE FROM user_session');
  await portal.database.query('DELETE FROM login_throttle');
  await portal.policies();
});

describe('a session', () => {
  it('is one on every node, until it is logged out on one of them', async () => {
    const session = await portal.session('anna');
    const other = await portal.session('anna', { node: 1 });
    expect([await portal.isIn(session), await portal.isIn(session, { node: 1 })]).toEqual([true, true]);
    const out = await portal.call('logout', {}, { session, node: 1, method: 'GET' });
    expect([out.value, out.id, out.cookie]).toEqual([true, 0, '']);
    expect(out.cookies[0]).toMatch(/^user_selfservice=; Expires=Thu, 01 Jan 1970 00:00:00 GMT/);
    expect([await portal.isAlive(session), await portal.isAlive(session, { node: 1 })]).toEqual([
      false,
      false,
    ]);
    expect(await portal.isIn(other)).toBe(true);
  });

  it('is proven by a parameter that repeats the cookie', async () => {
    const session = await portal.session('anna');
    const ask = async (cookie: string | null, said: string | null) => {
      const url = `${portal.nodes[0]?.url}/userservice/usertokenlist`;
      const body = new URLSearchParams(said === null ? {} : { session: said });
      const headers = { 'x-forwarded-for': '192.0.2.10', ...(cookie !== null && { cookie }) };
      const response = await fetch(url, { method: 'POST', headers, body });
      const { result } = (await response.json()) as { result: { error?: object } };
      return [response.status, result.error];
    };
    const other = await portal.session('bert');
    const cookie = `user_selfservice=${session}`;
    const none = [401, NO_SESSION];
    expect(await ask(cookie, session)).toEqual([200, undefined]);
    expect(await ask(`userauthcookie=${session}`, session)).toEqual([200, undefined]);
    expect(await ask(cookie, null)).toEqual(none);
    expect(await ask(null, session)).toEqual(none);
    expect(await ask(cookie, other)).toEqual(none);
    expect(await ask(cookie, '')).toEqual(none);
    expect(await ask('user_selfservice=', '')).toEqual(none);
    expect(await ask(`other=${session}`, session)).toEqual(none);
    const made = 'f'.repeat(64);
    expect(await ask(`user_selfservice=${made}`, made)).toEqual(none);
  });

  it('is bound to the client’s address', async () => {
    const session = await portal.session('anna');
    expect(await portal.isAlive(session, { client: '192.0.2.11' })).toBe(false);
    expect(await portal.isAlive(session)).toBe(true);
    await portal.selfService('mfa_login');
    await portal.enrol('ANNA1', { user: 'anna@staff' });
    const first = await portal.session('anna');
    const said = { session: first, client: '192.0.2.11' };
    expect((await portal.call('login', { serial: 'ANNA1', otp: hotpAt(0) }, said)).value).toBe(false);
    expect((await portal.call('login', { serial: 'ANNA1', otp: hotpAt(0) }, { session: first })).value).toBe(
      true,
    );
  });

  it('expires, however it is used', async () => {
    const session = await portal.session('anna');
    const { rows } = await portal.database.query('SELECT expires_at AS until FROM user_session');
    expect(await portal.isIn(session)).toBe(true);
    const { rows: after } = await portal.database.query('SELECT expires_at AS until FROM user_session');
    expect(after).toEqual(rows);
    await portal.database.query(`UPDATE user_session SET expires_at = now() - interval '1 second'`);
    expect([await portal.isAlive(session), await portal.isAlive(session, { node: 1 })]).toEqual([
      false,
      false,
    ]);
  });

  it('acts for nobody but its user, whoever is named', async () => {
    await portal.enrol('BERT1', { user: 'bert@staff' });
    await portal.enrol('ANNA1', { user: 'anna@staff' });
    const session = await portal.session('anna');
    const { value } = await portal.call('usertokenlist', { user: 'bert', realm: 'staff' }, { session });
    expect(value).toMatchObject([{ 'LinOtp.TokenSerialnumber': 'ANNA1' }]);
  });
});

describe('a session ends', () => {
  it('for the users alone whose password is changed, or who are gone', async () => {
    const [anna, bert, carl] = await Promise.all(['anna', 'bert', 'carl'].map((one) => portal.session(one)));
    const alive = () => Promise.all([anna, bert, carl].map((one) => portal.isIn(one ?? '', { node: 1 })));
    await portal.users('first', ['anna', 'bert', 'carl']);
    expect(await alive()).toEqual([true, true, true]);
    await portal.users('first', ['anna', 'bert', 'carl'], { anna: 'another' });
    expect(await alive()).toEqual([false, true, true]);
    await portal.users('first', ['anna', 'bert']);
    expect(await alive()).toEqual([false, true, false]);
    await portal.users('first', ['anna', 'bert', 'carl']);
    expect(await alive()).toEqual([false, true, false]);
  });

  it('for a user whom an operator logs out', async () => {
    const [staff, guest, bert] = [
      await portal.session('anna'),
      (await portal.login('anna', { realm: 'guests' })).cookie ?? '',
      await portal.session('bert'),
    ];
    const alive = () => Promise.all([staff, guest, bert].map((one) => portal.isIn(one, { node: 1 })));
    const end = (...args: readonly string[]) =>
      twinlock(portal.installation.env, ['sessions', 'end', ...args]);
    await expect(end('Anna', '--realm', 'Staff')).resolves.toMatchObject({
      code: 0,
      err: 'Ended 1 session.\n',
    });
    expect(await alive()).toEqual([false, true, true]);
    await expect(end('anna')).resolves.toMatchObject({ code: 0, err: 'Ended 1 session.\n' });
    await expect(end('nobody')).resolves.toMatchObject({ code: 0, err: 'Ended 0 sessions.\n' });
    expect(await alive()).toEqual([false, false, true]);
    const { rows } = await portal.database.query(
      `SELECT username AS "user", realm, info FROM audit_record WHERE action = 'sessions/end' ORDER BY number`,
    );
    expect(rows).toEqual([
      { user: 'Anna', realm: 'Staff', info: '1 ended' },
      { user: 'anna', realm: '', info: '1 ended' },
      { user: 'nobody', realm: '', info: '0 ended' },
    ]);
  });

  it('for an administrator whose password is changed', async () => {
    const { password } = portal.installation;
    const login = { realm: 'linotp_admins', password };
    const { cookie } = await portal.login('admin', login);
    expect(await portal.isIn(cookie ?? '')).toBe(true);
    const form = { old_password: password, new_password: password };
    await portal.change('/tools/setPassword', form);
    expect(await portal.isAlive(cookie ?? '')).toBe(false);
  });

  it('once the user’s realm does not have them any more', async () => {
    const session = await portal.session('anna');
    await portal.realm('staff', 'second');
    // Another person of that name.
    expect(await portal.isAlive(session, { node: 1 })).toBe(false);
    await portal.realm('staff', 'first');
    expect(await portal.isAlive(session)).toBe(false);
  });

  it('once a second factor is needed that it was not shown', async () => {
    await portal.enrol('ANNA1', { user: 'anna@staff' });
    const byPassword = await portal.session('anna');
    await portal.selfService('mfa_login, mfa_passOnNoToken');
    const { cookie: withoutToken } = await portal.login('carl');
    const first = await portal.session('anna');
    const shown = await portal.call('login', { serial: 'ANNA1', otp: hotpAt(0) }, { session: first });
    const alive = () =>
      Promise.all([byPassword, withoutToken, shown.cookie].map((one) => portal.isIn(one ?? '', { node: 1 })));
    expect(await alive()).toEqual([false, true, true]);
    await portal.selfService('mfa_login');
    expect(await alive()).toEqual([false, false, true]);
    await portal.selfService();
    expect(await alive()).toEqual([false, false, true]);
  });

  it('never at a configuration that leaves it what it is', async () => {
    const session = await portal.session('anna');
    await portal.selfService('delete, history');
    const { detail } = await portal.call('context', {}, { session, node: 1 });
    expect(detail?.['actions']).toEqual(['delete', 'history']);
    await portal.selfService('delete');
    const again = await portal.call('context', {}, { session, node: 1 });
    expect(again.detail?.['actions']).toEqual(['delete']);
  });
});

describe('a session of a self-service elsewhere', () => {
  const base32 = (text: string) => {
    const bits = [...Buffer.from(text)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    const letters = (bits.match(/.{1,5}/g) ?? []).map(
      (five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five.padEnd(5, '0'), 2)],
    );
    return letters.join('').padEnd(Math.ceil(letters.length / 8) * 8, '=');
  };
  const auth = (login: string, otp: string, password = passwordOf(login)) =>
    portal.call('auth', { login, realm: 'staff', password: `${base32(otp)}:${base32(password)}` });
  const sessionOf = ({ cookies }: { readonly cookies: readonly string[] }) =>
    /^userauthcookie=([0-9a-f]{64});/.exec(cookies[0] ?? '')?.[1] ?? '';

  it('begins with the password, and has a cookie of its own', async () => {
    const answer = await auth('anna', '');
    expect([answer.value, answer.id]).toEqual([true, 0]);
    const session = sessionOf(answer);
    const cookieName = 'userauthcookie';
    expect(await portal.isIn(session, { cookieName, node: 1 })).toBe(true);
    const out = await portal.call('logout', {}, { session, cookieName });
    expect(out.cookies[0]).toMatch(/^userauthcookie=; /);
    expect(await portal.isAlive(session, { cookieName })).toBe(false);
  });

  it('needs PIN and OTP where a second factor is needed, in whatever letters', async () => {
    await portal.users('first', ['anna', 'bert', 'carl'], { bert: 'pässwörd €' });
    await portal.selfService('mfa_login');
    await portal.enrol('BERT1', { user: 'bert@staff', pin: 'pïn' });
    const password = 'pässwörd €';
    for (const otp of ['', hotpAt(0), `pin${hotpAt(0)}`, 'pïn000000']) {
      expect([otp, (await auth('bert', otp, password)).value]).toEqual([otp, false]);
    }
    expect((await auth('bert', `pïn${hotpAt(0)}`, 'wrong')).value).toBe(false);
    const answer = await auth('bert', `pïn${hotpAt(0)}`, password);
    expect([answer.value, await portal.isIn(sessionOf(answer), { cookieName: 'userauthcookie' })]).toEqual([
      true,
      true,
    ]);
    await portal.users('first', ['anna', 'bert', 'carl']);
  });

  it('gives a user without a token the one that they show', async () => {
    await portal.policies(
      { scope: 'selfservice', action: 'mfa_login' },
      { scope: 'enrollment', action: 'autoassignment' },
      { scope: 'authentication', action: 'passthru, passOnNoToken' },
    );
    await portal.enrol('SPARE', { realm: 'staff' });
    await portal.database.query(`UPDATE token SET realms = '{staff}' WHERE serial = 'SPARE'`);
    expect((await auth('carl', '')).value).toBe(false);
    expect((await auth('carl', '000000')).value).toBe(false);
    expect((await auth('carl', hotpAt(1))).value).toBe(true);
    const { rows } = await portal.database.query(
      `SELECT owner_user_id AS owner FROM token WHERE serial = 'SPARE'`,
    );
    expect(rows).toEqual([{ owner: 'carl id' }]);
  });

  it('is refused in its own form where the password is not as it is to be written', async () => {
    const answer = await portal.call('auth', { login: 'anna', password: passwordOf('anna') });
    expect(answer.error).toMatchObject({ code: -311 });
    expect(answer.cookies).toEqual([]);
  });
});
