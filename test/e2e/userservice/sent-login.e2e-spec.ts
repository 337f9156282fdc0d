import { type GivenHttpGateway, OK, givenHttpGateway } from '../../support/servers/given-http-gateway.js';
import { type Portal, givenPortal } from './given-portal.js';

let portal: Portal;
let gateway: GivenHttpGateway;

beforeAll(async () => {
  [portal, gateway] = await Promise.all([givenPortal(), givenHttpGateway()]);
  await portal.users('first', ['anna', 'bert']);
  await portal.realm('staff', 'first');
  await portal.change('/system/setDefaultRealm', { realm: 'staff' });
  await portal.change('/system/setProvider', {
    type: 'sms',
    name: 'gateway',
    class: 'HttpSMSProvider',
    timeout: '5',
    config: JSON.stringify({ URL: gateway.url }),
  });
}, 60_000);

afterAll(async () => {
  await portal?.close();
  await gateway?.close();
});

beforeEach(async () => {
  gateway.answer = OK;
  gateway.received.length = 0;
  for (const table of ['token', 'challenge', 'user_session', 'login_throttle']) {
    await portal.database.query(`DELETE FROM ${table}`);
  }
  await portal.selfService('mfa_login');
  await portal.enrol('SMS1', { type: 'sms', user: 'anna@staff', phone: '+49 170 1' });
});

const texts = () => gateway.received.map(({ body }) => new URLSearchParams(body).get('sms') ?? '');

describe('a second factor that is sent', () => {
  it('is asked for by choosing its token, and completes the login on another node', async () => {
    const first = await portal.session('anna');
    const asked = await portal.call('login', { serial: 'SMS1' }, { session: first });
    expect([asked.value, asked.detail]).toMatchObject([
      false,
      {
        message: 'sms submitted',
        linotp_tokenserial: 'SMS1',
        linotp_tokentype: 'sms',
        replyMode: ['offline'],
      },
    ]);
    expect(texts()).toEqual([expect.stringMatching(/^\d{6}$/)]);
    const [otp = ''] = texts();
    const session = asked.cookie ?? '';
    const wrong = await portal.call('login', { otp: otp === '000000' ? '000001' : '000000' }, { session });
    expect([wrong.value, await portal.failuresOf('SMS1')]).toEqual([false, 1]);
    const right = await portal.call('login', { otp }, { session: wrong.cookie ?? '', node: 1 });
    expect([right.value, await portal.isIn(right.cookie ?? '')]).toEqual([true, true]);
    expect(texts()).toHaveLength(1);
  });

  it('is not sent again at once, however often it is asked for', async () => {
    const first = await portal.session('anna');
    const asked = await portal.call('login', { serial: 'SMS1' }, { session: first });
    const again = await portal.call('login', { serial: 'SMS1' }, { session: asked.cookie ?? '' });
    expect(again.detail).toMatchObject({ transactionId: asked.detail?.['transactionId'] });
    const anew = await portal.call('login', { serial: 'SMS1' }, { session: await portal.session('anna') });
    expect(texts()).toHaveLength(1);
    const [otp = ''] = texts();
    expect((await portal.call('login', { otp }, { session: anew.cookie ?? '' })).value).toBe(true);
  });

  const check = async (fields: Readonly<Record<string, string>>) => {
    const body = new URLSearchParams({ user: 'anna', ...fields });
    const answer = await fetch(`${portal.nodes[1]?.url}/validate/check`, { method: 'POST', body });
    return (await answer.json()) as { result: { value: unknown }; detail?: { transactionid: string } };
  };

  it('lets in nobody but who answers, where another login asked before', async () => {
    const first = await portal.session('anna');
    const transactionid = (await check({ pass: 'pin' })).detail?.transactionid ?? '';
    const asked = await portal.call('login', { serial: 'SMS1' }, { session: first });
    expect(asked.detail).toMatchObject({ transactionId: transactionid });
    const [otp = ''] = texts();
    expect((await check({ pass: otp, transactionid })).result.value).toBe(true);
    const session = asked.cookie ?? '';
    const polled = await portal.call('login', {}, { session });
    expect([polled.value, polled.cookie, await portal.isIn(session)]).toEqual([false, null, false]);
    expect(polled.detail).toMatchObject({ status: 'closed', valid_tan: true });
  });

  it('lets in nobody elsewhere, where a PIN has to be shown', async () => {
    const first = await portal.session('anna');
    const asked = await portal.call('login', { serial: 'SMS1' }, { session: first });
    const own = asked.detail?.['transactionId'] as string;
    const theirs = (await check({ pass: 'pin' })).detail?.transactionid ?? '';
    const [otpOfOwn = '', otpOfTheirs = ''] = texts();
    expect([theirs === own, texts().length]).toEqual([false, 2]);
    const answers = [
      await check({ pass: otpOfOwn, transactionid: own }),
      await check({ pass: otpOfOwn, transactionid: theirs }),
      await check({ pass: otpOfTheirs, transactionid: theirs }),
    ];
    expect(answers.map(({ result }) => result.value)).toEqual([false, false, true]);
  });

  it('that is sent for one user is sent by nobody else’s login', async () => {
    const session = await portal.session('bert');
    const asked = await portal.call('login', { serial: 'SMS1' }, { session });
    expect([asked.value, asked.detail, texts()]).toEqual([false, undefined, []]);
  });

  it('that could not be sent leaves the login where it was', async () => {
    gateway.answer = (response) => void response.writeHead(500).end('no');
    const session = await portal.session('anna');
    const asked = await portal.call('login', { serial: 'SMS1' }, { session });
    expect([asked.value, asked.detail, await portal.isIn(asked.cookie ?? '')]).toEqual([
      false,
      undefined,
      false,
    ]);
    gateway.answer = OK;
    gateway.received.length = 0;
    const again = await portal.call('login', { serial: 'SMS1' }, { session: asked.cookie ?? '' });
    const [otp = ''] = texts();
    expect((await portal.call('login', { otp }, { session: again.cookie ?? '' })).value).toBe(true);
  });
});
