import { tokenType, tokenTypes } from '@app/tokens';

import { Elsewhere } from '../validate/every-type/elsewhere.js';
import { rememberQuestion } from '../validate/every-type/newest-question.js';
import { Messages } from '../validate/every-type/sent-otps.js';
import { TYPES, type TypeRow } from '../validate/every-type/types.js';
import { type Portal, givenPortal } from './given-portal.js';

/** Every token type as the second factor of the portal's login: the OTP alone, after a question and without one. */

let portal: Portal;
let messages: Messages;
let elsewhere: Elsewhere;

beforeAll(async () => {
  [portal, messages, elsewhere] = await Promise.all([givenPortal(), Messages.start(), Elsewhere.start()]);
  await portal.users('first', ['anna', 'bernd']);
  await portal.realm('one', 'first');
  await portal.change('/system/setDefaultRealm', { realm: 'one' });
  for (const provider of messages.providers()) await portal.change('/system/setProvider', provider);
  await portal.change('/system/setConfig', elsewhere.settings());
  await portal.selfService('mfa_login');
}, 60_000);

afterAll(async () => {
  await portal?.close();
  await messages?.close();
  await elsewhere?.close();
});

async function enrolled(row: TypeRow): Promise<void> {
  for (const table of ['token', 'challenge', 'user_session'])
    await portal.database.query(`DELETE FROM ${table}`);
  elsewhere.forget();
  if (row.target) await portal.change('/admin/init', row.target(0));
  await portal.change('/admin/init', {
    type: row.type,
    ...row.form(0),
    ...elsewhere.places(row.type),
    serial: 'T1',
    user: 'anna',
    pin: 'pin1',
  });
}

/** The first step, and the second: the token asks. */
async function asked() {
  const answer = await portal.call('login', { serial: 'T1' }, { session: await portal.session('anna') });
  messages.read();
  rememberQuestion(answer.detail?.['challenge']);
  return answer;
}

const typeOf = ({ label }: TypeRow) => tokenTypes.find((type) => type.label === label);
const hasFactor = (row: TypeRow) => typeOf(row)?.hasOtp === true;
/** What paired devices answer is in `paired-login.e2e-spec.ts`, what keys do in `tokens-fido2`. */
const hasDevice = (row: TypeRow) => {
  const { device, key } = typeOf(row)?.challenge ?? {};
  return device !== undefined || key !== undefined;
};

describe.each(TYPES.filter((row) => hasFactor(row) && !hasDevice(row)))('a $type token', (row) => {
  beforeEach(() => enrolled(row));

  it('asks for its OTP, counts a wrong one, and completes the login with the right one', async () => {
    const question = await asked();
    expect(question.detail).toMatchObject({ linotp_tokenserial: 'T1', replyMode: ['offline'] });
    const wrong = await portal.call('login', { otp: row.wrong }, { session: question.cookie ?? '' });
    expect([wrong.value, await portal.failuresOf('T1')]).toEqual([false, 1]);
    const right = await portal.call('login', { otp: row.right(0) }, { session: wrong.cookie ?? '', node: 1 });
    expect([right.value, await portal.isIn(right.cookie ?? '')]).toEqual([true, true]);
  });

  it('takes no PIN before the OTP', async () => {
    const question = await asked();
    const answer = await portal.call(
      'login',
      { otp: `pin1${row.right(0)}` },
      { session: question.cookie ?? '' },
    );
    // A Yubikey's value is what its text ends with, whatever public id stands before it.
    expect(answer.value).toBe(row.type === 'yubikey');
  });

  if (row.isSent) {
    it('has no OTP that nobody asked for', async () => {
      const session = await portal.session('anna');
      const answer = await portal.call('login', { serial: 'T1', otp: row.wrong }, { session });
      expect([answer.value, answer.cookie]).toEqual([false, '']);
    });
    return;
  }

  it('may be shown without being asked', async () => {
    const session = await portal.session('anna');
    const answer = await portal.call('login', { serial: 'T1', otp: row.right(0) }, { session });
    expect([answer.value, await portal.isIn(answer.cookie ?? '')]).toEqual([true, true]);
  });
});

it('all others have nothing but a PIN, and are no second factor', async () => {
  for (const row of TYPES.filter((one) => !hasFactor(one) && !hasDevice(one))) {
    await enrolled(row);
    expect((await asked()).detail).toBeUndefined();
    const session = await portal.session('anna');
    expect((await portal.call('login', { serial: 'T1', otp: 'pin1' }, { session })).value).toBe(false);
  }
  expect(tokenType('simple-pass').hasOtp).toBe(false);
});
