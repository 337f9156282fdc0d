import { hotpAt } from '../../support/clients/otp.js';
import { type Portal, givenStaffAndGuests, passwordOf } from './given-portal.js';

const HEX = /^[0-9a-f]{64}$/;
const MISSING = 'credential verified - additional authentication parameter required';

let portal: Portal;

beforeAll(async () => {
  portal = await givenStaffAndGuests();
}, 60_000);

afterAll(() => portal?.close());

beforeEach(async () => {
  await portal.database.query('DELETE FROM token');
  await portal.database.query('DELETE FROM challenge');
  await portal.database.query('DELETE FROM user_session');
  await portal.database.query('DELETE FROM login_throttle');
  await portal.policies();
});

describe('a login by password', () => {
  it.each([
    ['anna', {}, 'staff'],
    ['ANNA', { password: passwordOf('anna') }, null],
    ['anna', { realm: 'staff' }, 'staff'],
    ['anna', { realm: ' Guests ' }, 'guests'],
    ['anna@guests', { password: passwordOf('anna') }, 'guests'],
    ['guests\\anna', { password: passwordOf('anna') }, 'guests'],
    ['anna', { realm: 'nosuch' }, 'staff'],
    ['doris', {}, null],
    ['doris', { realm: 'guests' }, 'guests'],
    ['anna', { password: '' }, null],
    ['anna', { password: 'wrong' }, null],
    ['ghost', { password: 'wrong' }, null],
  ])('%s %j', async (login, fields, realm) => {
    const answer = await portal.login(login, fields);
    expect([answer.status, answer.id, answer.value]).toEqual([200, 0, realm !== null]);
    if (realm === null) {
      expect(answer.cookie).toBeNull();
      return;
    }
    const { value } = await portal.call('userinfo', {}, { session: answer.cookie ?? '' });
    expect(value).toMatchObject({ username: login.replace(/@.*|.*\\/g, ''), realm });
  });

  it('takes the name as `username`, too', async () => {
    const answer = await portal.call('login', { username: 'anna', password: passwordOf('anna') });
    expect(answer.value).toBe(true);
  });

  it('sets a cookie that scripts of the portal read, for as long as the session lasts', async () => {
    await portal.change('/system/setConfig', { 'selfservice.auth_expiry': '2h' });
    const { cookies, cookie } = await portal.login('anna');
    await portal.change('/system/delConfig', { key: 'selfservice.auth_expiry' });
    expect(cookie).toMatch(HEX);
    const [attributes = ''] = cookies;
    expect(attributes).toMatch(/^user_selfservice=[0-9a-f]{64}; Expires=[^;]+ GMT; Path=\/; SameSite=Lax$/);
    const left = Date.parse(/Expires=([^;]*)/.exec(attributes)?.[1] ?? '') - Date.now();
    expect(Math.round(left / 60_000)).toBe(120);
    const { rows } = await portal.database.query('SELECT hash FROM user_session');
    expect(JSON.stringify(rows)).not.toContain(cookie);
  });

  it('is throttled, whatever the password then is', async () => {
    for (let guess = 0; guess < 30; guess++) await portal.login('bert', { password: `guess ${guess}` });
    expect((await portal.login('bert')).value).toBe(false);
    expect((await portal.login('anna')).value).toBe(true);
  });
});

describe('a login that needs a second factor', () => {
  beforeEach(async () => {
    await portal.selfService('mfa_login');
    await portal.enrol('ANNA1', { user: 'anna@staff' });
    await portal.enrol('BERT1', { user: 'bert@staff' });
  });

  it('begins with the password, and what the user’s tokens are', async () => {
    await portal.enrol('ANNA2', { user: 'anna@staff' });
    await portal.change('/admin/disable', { serial: 'ANNA2' });
    const answer = await portal.login('anna');
    expect([answer.value, answer.id]).toEqual([false, 0]);
    expect(answer.detail).toMatchObject({
      message: MISSING,
      tokenList: [{ 'LinOtp.TokenSerialnumber': 'ANNA1', Enrollment: { status: 'completed' } }],
    });
    expect(answer.detail?.['tokenList']).toHaveLength(1);
    const session = answer.cookie ?? '';
    expect([await portal.isAlive(session), await portal.isIn(session)]).toEqual([true, false]);
  });

  it('goes on at once with an OTP, and the old value dies', async () => {
    const first = await portal.session('anna');
    const answer = await portal.call('login', { serial: 'ANNA1', otp: hotpAt(0) }, { session: first });
    expect([answer.value, answer.id, answer.detail]).toEqual([true, 0, undefined]);
    expect(answer.cookie).toMatch(HEX);
    expect(await portal.isAlive(first)).toBe(false);
    expect(await portal.isIn(answer.cookie ?? '')).toBe(true);
  });

  it('goes on with a question, on whatever node', async () => {
    const first = await portal.session('anna');
    const asked = await portal.call('login', { serial: 'ANNA1' }, { session: first, node: 1 });
    expect([asked.value, asked.id]).toEqual([false, 0]);
    expect(asked.detail).toEqual({
      message: 'Please enter your otp value: ',
      linotp_tokenserial: 'ANNA1',
      linotp_tokentype: 'HMAC',
      linotp_tokendescription: '',
      replyMode: ['offline'],
      transactionId: expect.stringMatching(/^\d{17}$/),
    });
    const second = asked.cookie ?? '';
    expect([await portal.isAlive(first), await portal.isIn(second)]).toEqual([false, false]);
    const open = await portal.call(
      'login',
      { transactionid: 'whatever' },
      { session: second, method: 'GET' },
    );
    expect([open.value, open.id, open.cookie]).toEqual([false, 1, null]);
    expect(open.detail).toMatchObject({ status: 'open', valid_tan: false, received_count: 0 });
    const answered = await portal.call('login', { otp: hotpAt(0) }, { session: second });
    expect(answered.value).toBe(true);
    expect(await portal.isAlive(second)).toBe(false);
    expect(await portal.isIn(answered.cookie ?? '', { node: 1 })).toBe(true);
    expect((await portal.call('login', { otp: hotpAt(1) }, { session: answered.cookie ?? '' })).value).toBe(
      false,
    );
  });

  it('may be answered again after a wrong OTP, which counts, with the new value alone', async () => {
    const first = await portal.session('anna');
    const asked = await portal.call('login', { serial: 'ANNA1' }, { session: first });
    const second = asked.cookie ?? '';
    const wrong = await portal.call('login', { otp: '000000' }, { session: second });
    expect([wrong.value, await portal.failuresOf('ANNA1'), await portal.isAlive(second)]).toEqual([
      false,
      1,
      false,
    ]);
    const right = await portal.call('login', { otp: hotpAt(0) }, { session: wrong.cookie ?? '' });
    expect([right.value, await portal.isIn(right.cookie ?? '')]).toEqual([true, true]);
  });

  it('starts again after a wrong OTP that nobody asked for, which counts', async () => {
    const first = await portal.session('anna');
    const wrong = await portal.call('login', { serial: 'ANNA1', otp: '000000' }, { session: first });
    expect([wrong.value, wrong.detail, wrong.cookie]).toEqual([false, undefined, '']);
    expect([await portal.failuresOf('ANNA1'), await portal.isAlive(first)]).toEqual([1, false]);
    expect((await portal.call('login', { otp: hotpAt(0) }, { session: first })).value).toBe(false);
  });

  it('answers one of many guesses for one password', async () => {
    const first = await portal.session('anna');
    const guesses = await Promise.all(
      Array.from({ length: 10 }, (_, guess) =>
        portal.call(
          'login',
          { serial: 'ANNA1', otp: hotpAt(guess % 3) },
          { session: first, node: guess % 2 },
        ),
      ),
    );
    expect(guesses.filter(({ value }) => value === true).length).toBeLessThanOrEqual(1);
    const alive = await Promise.all(guesses.map(({ cookie }) => cookie && portal.isAlive(cookie)));
    expect(alive.filter((is) => is === true).length).toBeLessThanOrEqual(1);
  });

  it.each(['BERT1', 'BERT*', 'ANNA*', '*', 'NONE', 'anna1'])(
    'takes no other token for the user’s: serial %s',
    async (serial) => {
      const first = await portal.session('anna');
      const shown = await portal.call('login', { serial, otp: hotpAt(0) }, { session: first });
      expect([shown.value, shown.detail, shown.cookie]).toEqual([false, undefined, '']);
      const second = await portal.session('anna');
      const asked = await portal.call('login', { serial }, { session: second });
      expect([asked.value, asked.detail]).toEqual([false, undefined]);
      const third = asked.cookie ?? '';
      expect([await portal.isAlive(second), await portal.isAlive(third), await portal.isIn(third)]).toEqual([
        false,
        true,
        false,
      ]);
      expect(
        (await portal.call('login', { serial: 'ANNA1', otp: hotpAt(0) }, { session: third })).value,
      ).toBe(true);
      expect(await portal.failuresOf('BERT1')).toBe(0);
    },
  );

  it('leaves another token to be chosen once one has asked', async () => {
    await portal.enrol('ANNA2', { user: 'anna@staff' });
    const first = await portal.session('anna');
    const asked = await portal.call('login', { serial: 'ANNA1' }, { session: first });
    const other = await portal.call('login', { serial: 'ANNA2' }, { session: asked.cookie ?? '' });
    expect(other.detail).toMatchObject({ linotp_tokenserial: 'ANNA2' });
    const right = await portal.call('login', { otp: hotpAt(0) }, { session: other.cookie ?? '' });
    expect(right.value).toBe(true);
    const { rows } = await portal.database.query(`SELECT serial, counter::int FROM token WHERE counter > 0`);
    expect(rows).toEqual([{ serial: 'ANNA2', counter: 1 }]);
  });

  it('may ask all tokens at once', async () => {
    await portal.enrol('ANNA2', { user: 'anna@staff', type: 'pw', otpkey: 'secret' });
    const first = await portal.session('anna');
    const asked = await portal.call('login', {}, { session: first });
    expect(asked.detail).toMatchObject({ message: 'Multiple challenges submitted.', replyMode: ['offline'] });
    expect(Object.keys(asked.detail?.['challenges'] as object).toSorted()).toEqual(['ANNA1', 'ANNA2']);
    const right = await portal.call('login', { otp: 'secret' }, { session: asked.cookie ?? '' });
    expect(right.value).toBe(true);
  });

  it('is not answered by an OTP elsewhere, where a PIN would be needed', async () => {
    await portal.policies(
      { scope: 'selfservice', action: 'mfa_login' },
      { scope: 'authentication', action: 'challenge_response=*' },
    );
    const first = await portal.session('anna');
    const asked = await portal.call('login', { serial: 'ANNA1' }, { session: first });
    const { transactionId } = asked.detail as { transactionId: string };
    const session = asked.cookie ?? '';
    for (const [path, named] of [
      ['check_t', {}],
      ['check', { user: 'anna' }],
      ['check_s', { serial: 'ANNA1' }],
    ] as const) {
      const body = new URLSearchParams({ ...named, transactionid: transactionId, pass: hotpAt(0) });
      const answer = await fetch(`${portal.nodes[1]?.url}/validate/${path}`, { method: 'POST', body });
      expect([path, JSON.stringify(await answer.json())]).toEqual([
        path,
        expect.stringMatching(/"value":(false|\{"value":false)/),
      ]);
    }
    expect((await portal.call('login', {}, { session, method: 'GET' })).value).toBe(false);
    const right = await portal.call('login', { otp: hotpAt(0) }, { session });
    expect([right.value, await portal.isIn(right.cookie ?? '')]).toEqual([true, true]);
  });

  it('tells nothing of a challenge that is over', async () => {
    const first = await portal.session('anna');
    const asked = await portal.call('login', { serial: 'ANNA1' }, { session: first });
    await portal.database.query(`UPDATE challenge SET expires_at = now() - interval '1 second'`);
    const polled = await portal.call('login', {}, { session: asked.cookie ?? '', method: 'GET' });
    expect([polled.value, polled.detail]).toEqual([false, undefined]);
    expect((await portal.call('login', { otp: hotpAt(0) }, { session: asked.cookie ?? '' })).value).toBe(
      false,
    );
  });

  it('takes a token that has nothing but a PIN for none', async () => {
    await portal.enrol('CARL1', { user: 'carl@staff', type: 'spass' });
    for (const otp of ['pin', 'whatever', '']) {
      const session = await portal.session('carl');
      const answer = await portal.call('login', { serial: 'CARL1', otp }, { session });
      expect([otp, answer.value, answer.detail]).toEqual([otp, false, undefined]);
    }
  });

  it('locks the token after as many wrong OTPs as anywhere', async () => {
    const guess = async (otp: string) => {
      const session = await portal.session('anna');
      return (await portal.call('login', { serial: 'ANNA1', otp }, { session })).value;
    };
    for (let count = 0; count < 10; count++) await guess('000000');
    expect(await guess(hotpAt(0))).toBe(false);
  });

  it('takes the OTP beside the password, where the form has a field for it', async () => {
    await portal.selfService('mfa_login, mfa_3_fields');
    const wrong = await portal.login('anna', { otp: '000000' });
    expect([wrong.value, wrong.cookie, await portal.failuresOf('ANNA1')]).toEqual([false, null, 1]);
    const noPassword = await portal.login('anna', { otp: hotpAt(0), password: 'wrong' });
    expect([noPassword.value, noPassword.cookie]).toEqual([false, null]);
    const right = await portal.login('anna', { otp: hotpAt(0) });
    expect([right.value, right.detail, await portal.isIn(right.cookie ?? '')]).toEqual([
      true,
      undefined,
      true,
    ]);
  });
});

describe('a user without a token, where a second factor is needed', () => {
  it.each([
    ['mfa_login, mfa_passOnNoToken', true],
    ['mfa_login', false],
    ['mfa_login, mfa_passOnNoToken=false', false],
  ])('%s', async (action, isIn) => {
    await portal.selfService(action);
    const answer = await portal.login('carl');
    expect([answer.value, await portal.isIn(answer.cookie ?? '')]).toEqual([isIn, isIn]);
    if (isIn) return;
    expect(answer.detail).toEqual({ message: MISSING, tokenList: [] });
    const next = await portal.call('login', {}, { session: answer.cookie ?? '' });
    expect([next.value, await portal.isIn(next.cookie ?? '')]).toEqual([false, false]);
  });

  it('is let in by no policy of other logins', async () => {
    await portal.policies(
      { scope: 'selfservice', action: 'mfa_login' },
      { scope: 'authentication', action: 'passthru, passOnNoToken' },
    );
    await portal.change('/system/setConfig', { PassOnUserNoToken: 'True' });
    const session = await portal.session('carl');
    for (const otp of ['', passwordOf('carl')]) {
      const answer = await portal.call('login', { otp }, { session: await portal.session('carl') });
      expect([otp, answer.value]).toEqual([otp, false]);
    }
    expect((await portal.login('carl', { otp: passwordOf('carl') })).value).toBe(false);
    await portal.change('/system/delConfig', { key: 'PassOnUserNoToken' });
    expect(await portal.isIn(session)).toBe(false);
  });

  it('has one that is disabled: then they have one', async () => {
    await portal.enrol('CARL1', { user: 'carl@staff' });
    await portal.change('/admin/disable', { serial: 'CARL1' });
    await portal.selfService('mfa_login, mfa_passOnNoToken');
    expect((await portal.login('carl')).value).toBe(false);
  });
});
