import { type Portal, givenStaffAndGuests } from './given-portal.js';

let portal: Portal;

beforeAll(async () => {
  portal = await givenStaffAndGuests();
}, 60_000);

afterAll(() => portal?.close());

beforeEach(async () => {
  await portal.database.query('DELETE FROM token');
  await portal.database.query('DELETE FROM user_session');
  await portal.policies();
  await portal.change('/system/setConfig', { 'selfservice.realmbox': 'False' });
});

const beforeLogin = async () => {
  const { status, id, value, detail } = await portal.call('pre_context', {}, { method: 'GET' });
  expect([status, id, value]).toEqual([200, 1, true]);
  return detail;
};

describe('pre_context', () => {
  it('tells what the portal shows before anybody logs in', async () => {
    expect(await beforeLogin()).toEqual({
      // The portal reads the major version.
      version: expect.stringMatching(/^LinOTP [34]\./),
      copyright: expect.any(String),
      realms: { staff: { realmname: 'staff', default: true } },
      settings: {
        default_realm: 'staff',
        realm_box: false,
        mfa_login: false,
        mfa_3_fields: false,
        autoassign: false,
        autoenroll: false,
        footer_text: null,
        imprint_url: null,
        privacy_notice_url: null,
      },
    });
  });

  it('names all realms where users choose theirs, and nothing else of them', async () => {
    await portal.change('/system/setConfig', { 'selfservice.realmbox': 'True' });
    expect(await beforeLogin()).toMatchObject({
      realms: {
        staff: { realmname: 'staff', default: true },
        guests: { realmname: 'guests', default: false },
      },
      settings: { realm_box: true },
    });
  });

  it('tells what policies say of the page', async () => {
    await portal.selfService(
      'mfa_login, mfa_3_fields',
      'footer_text=Ask the desk, imprint_url=https://example.org',
    );
    expect(await beforeLogin()).toMatchObject({
      settings: {
        mfa_login: true,
        mfa_3_fields: true,
        footer_text: 'Ask the desk',
        imprint_url: 'https://example.org',
        privacy_notice_url: null,
      },
    });
  });
});

describe('context', () => {
  it('tells of the user, their tokens and what they may do', async () => {
    await portal.policies(
      {
        scope: 'selfservice',
        action: 'enrollHMAC, delete, !reset, otp_pin_minlength=4, otp_pin_contents=cn, edit_sms=0',
      },
      { scope: 'enrollment', action: 'maxtoken=3, maxtokenHMAC=2' },
    );
    await portal.enrol('ANNA1', { type: 'hmac', user: 'anna' });
    await portal.enrol('BERT1', { type: 'hmac', user: 'bert' });
    const session = await portal.session('anna');
    const { detail, id } = await portal.call('context', {}, { session, method: 'GET', node: 1 });
    expect(id).toBe(1);
    expect(detail).toMatchObject({
      user: { username: 'anna', realm: 'staff', resolver: 'first' },
      tokenArray: [{ 'LinOtp.TokenSerialnumber': 'ANNA1', Enrollment: { status: 'completed' } }],
      settings: {
        otp_pin_minlength: 4,
        otp_pin_contents: 'cn',
        edit_sms: 0,
        last_access: false,
        token_limits: { all_token: 3, token_types: [{ token_type: 'hmac', max_token: 2 }] },
      },
    });
    expect(detail?.['actions']).toHaveLength(2);
    expect(detail?.['actions']).toEqual(expect.arrayContaining(['delete', 'enrollHMAC']));
    expect(JSON.stringify(detail)).not.toMatch(/BERT1|cryptpass|password/i);
  });

  it('is for nobody who is not logged in', async () => {
    expect(await portal.call('context', {}, { method: 'GET' })).toMatchObject({
      status: 401,
      error: { code: -311, message: 'No valid session' },
    });
  });
});
