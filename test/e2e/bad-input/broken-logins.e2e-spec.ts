import { enrol, givenUsers } from '../../faults/given-users.js';
import { LoginClient } from '../../faults/login-client.js';
import { LONG, NUL } from '../../faults/refusals.js';
import { adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { hotpAt } from '../../support/clients/otp.js';

const START_WITHIN_MS = 60_000;
const WITHIN_MS = 60_000;
const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

const ENDPOINTS = ['check', 'check_s', 'check_t', 'check_status', 'check_yubikey', 'simplecheck'] as const;
const NAMES = [
  'user',
  'pass',
  'realm',
  'serial',
  'state',
  'transactionid',
  'token_type',
  'resConf',
  'data',
  'challenge',
];
/** What a right login of anna says; `right` stands for her PIN and OTP. */
const STRAIGHT: Readonly<Record<string, string>> = { user: 'anna', pass: 'wrong' };

/** As they stand in a form. */
const TEXTS: Readonly<Record<string, string>> = {
  'a NUL': encodeURIComponent(NUL),
  'bytes that are no UTF-8': '%ff%fe%c3%28',
  'half a character': '%ed%a0%80',
  'percent signs that encode nothing': '%zz%&%',
  'a percent sign': '%25',
  'an asterisk': '*',
  'wildcards of SQL': 'an%25_',
  SQL: encodeURIComponent("anna' OR '1'='1'; DROP TABLE token; --"),
  'a filter of LDAP': encodeURIComponent('anna)(|(uid=*'),
  'escapes of LDAP': encodeURIComponent('\\2a\\00anna'),
  'a JSON object': encodeURIComponent('{"$gt":""}'),
  'a template': encodeURIComponent('${7*7}{{7*7}}<%= 7*7 %>'),
  'line ends': encodeURIComponent('anna\r\nX-Injected: yes'),
  'the name of a prototype': '__proto__',
  'a number beyond all numbers': '9'.repeat(400),
  'an id of 17 digits': '9'.repeat(17),
  'an id with a place': `${'9'.repeat(14)}.99`,
  'nearly all that a form may hold': LONG,
  nothing: '',
};
/** As JSON has them. */
const VALUES: readonly unknown[] = [
  null,
  0,
  -1,
  1e308,
  true,
  [],
  ['anna', 'bernd'],
  {},
  { a: { b: [] } },
  '\ud83d',
  '\u202eanna',
];

/** Whatever stands in a login: it is answered, nobody gets in by it, and nothing breaks. */
describe('broken logins', () => {
  let running: RunningApplication;
  let client: LoginClient;

  beforeAll(async () => {
    running = await startApplication();
    client = new LoginClient(running.url);
    const admin = await adminAgent(running.url, running.installation);
    await givenUsers(admin, running.installation, ['anna', 'bernd']);
    await enrol(admin, 'HOTP1', { user: 'anna', pin: 'pin1' });
    await enrol(admin, 'HOTP2', { user: 'bernd', pin: 'pin1' });
    // Nobody's guesses may lock what the last login needs.
    await admin.post('/admin/set', { serial: 'HOTP1', MaxFailCount: '1000000' });
  }, START_WITHIN_MS);

  afterAll(async () => {
    client?.close();
    await running?.stop();
  }, START_WITHIN_MS);

  async function post(endpoint: string, type: string, body: string): Promise<void> {
    const response = await fetch(`${running.url}/validate/${endpoint}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
    const text = await response.text();
    expect({ status: response.status, text }).toEqual({
      status: 200,
      text: expect.not.stringMatching(/:-\)|"value": true|internal error|syntax|invalid byte/i),
    });
    expect(response.headers.get('x-injected')).toBeNull();
  }

  const formOf = (fields: Readonly<Record<string, string>>) =>
    Object.entries(fields)
      .map(([name, value]) => `${name}=${value}`)
      .join('&');

  describe.each(ENDPOINTS)('at /validate/%s', (endpoint) => {
    it.each(Object.entries(TEXTS))(
      'with %s in any place',
      async (_what, text) => {
        // Each place by itself: together some would be more than a form may hold.
        await Promise.all(NAMES.map((name) => post(endpoint, FORM, formOf({ ...STRAIGHT, [name]: text }))));
      },
      WITHIN_MS,
    );

    it(
      'with values that are no texts',
      async () => {
        for (const value of VALUES) {
          await Promise.all(
            NAMES.map((name) => post(endpoint, JSON_TYPE, JSON.stringify({ ...STRAIGHT, [name]: value }))),
          );
        }
      },
      WITHIN_MS,
    );

    it('with a name twice, as a list, and as what it is not', async () => {
      for (const body of [
        'user=anna&user=bernd&pass=wrong&pass=pin1',
        'user[]=anna&user[]=bernd&pass[]=wrong',
        'user[a]=anna&user[__proto__]=x&pass=wrong',
        '__proto__=x&constructor=y&toString=z&user=anna&pass=wrong',
        'serial[]=HOTP1&serial[]=HOTP2&pass=wrong',
        'state[]=1&transactionid[]=2&pass=wrong',
        '&&&===&user&pass',
        '',
      ]) {
        await post(endpoint, FORM, body);
      }
    });
  });

  it('end no right login', async () => {
    const { isAccepted } = await client.post('/validate/check', { user: 'bernd', pass: `pin1${hotpAt(0)}` });
    expect(isAccepted).toBe(true);
    expect((await fetch(`${running.url}/readyz`)).status).toBe(200);
  });
});
