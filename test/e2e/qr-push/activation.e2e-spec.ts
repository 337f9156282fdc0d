import { PushPhone, QrPhone, readInvitation } from '../../support/clients/phone.js';
import { type UserAgent, userAgent } from '../../support/clients/user-agent.js';
import { PASSWORD, PASSWORD_HASH, PairedServers, WITHIN_MS } from './paired-servers.js';

const REFUSED = { status: true, value: false };
const RIGHTS = ['enrollQR', 'enrollPUSH', 'activate_QRToken', 'activate_PushToken'];

/** Users who enrol and activate tokens of their own, on two servers. */
describe('activation by users', () => {
  let paired: PairedServers;
  let anna: UserAgent;

  beforeAll(async () => {
    paired = await PairedServers.start(PASSWORD_HASH);
    anna = await userAgent(paired.servers.nodes[0]?.url ?? '', 'anna', PASSWORD);
  }, WITHIN_MS);
  beforeEach(() => paired.reset(...RIGHTS.map((action) => ['selfservice', action] as const)));
  afterAll(() => paired?.close(), WITHIN_MS);

  const enrolled = async (type: 'qr' | 'push', form: object = {}) => {
    const { body, text } = await anna.post('/userservice/enroll', { type, serial: 'MINE', ...form });
    if (body.result?.value !== true && body.result?.status !== true) throw new Error(text);
    const detail = body.detail as { readonly pairing_url: string };
    return readInvitation(detail.pairing_url);
  };
  const asked = async (serial = 'MINE') => {
    const { body } = await anna.post('/userservice/activate_init', { serial });
    return body as { result: object; detail?: { transactionid: string; message: string } };
  };
  const status = async (id: string, form: object = {}) => {
    const { body } = await anna.post('/userservice/activate_check_status', { transactionid: id, ...form });
    return body.detail?.transactions?.[id];
  };

  it('asks the app of a qr token for its serial, and shows how that stands', async () => {
    const phone = new QrPhone(await enrolled('qr'));
    expect((await asked()).result).toEqual(REFUSED);
    await paired.pair(phone.pairing(), 1);
    const { result, detail } = await asked();
    expect(result).toEqual({ status: true, value: true });
    const { transactionid: id = '', message = '' } = detail ?? {};
    const shown = phone.read(message);
    expect(shown).toMatchObject({ isPairing: true, texts: ['MINE', expect.any(String)] });
    expect(await status(id)).toMatchObject({ status: 'open', valid_tan: false });
    await paired.servers.call('check_t', { transactionid: id, pass: shown.tan }, 1);
    expect(await status(id)).toMatchObject({ status: 'closed', valid_tan: true });
    expect(await paired.stored('MINE')).toMatchObject({ active: true, info: { state: 'pairing_complete' } });
    expect((await asked()).result).toEqual(REFUSED);
  });

  it('has the app of a push token asked, which may say no', async () => {
    const phone = new PushPhone(await enrolled('push'));
    await paired.pair(phone.pairing());
    const first = await asked();
    expect(first.detail?.message).toBe('');
    const { deny } = phone.read(paired.pushed().challenge);
    await paired.confirm('reject', first.detail?.transactionid ?? '', deny);
    expect(await status(first.detail?.transactionid ?? '')).toMatchObject({ reject: true, valid_tan: false });
    expect(await paired.stored('MINE')).toMatchObject({ active: false });
    const second = await asked();
    const { accept } = phone.read(paired.pushed().challenge);
    await paired.confirm('accept', second.detail?.transactionid ?? '', accept);
    expect(await status(second.detail?.transactionid ?? '')).toMatchObject({ accept: true, valid_tan: true });
    expect(await paired.stored('MINE')).toMatchObject({ active: true, info: { state: 'active' } });
  });

  it('tells what clients need offline, where a policy says so', async () => {
    const answered = async () => {
      await paired.servers.database.query('DELETE FROM token');
      const phone = new QrPhone(await enrolled('qr'));
      await paired.pair(phone.pairing());
      const { transactionid: id = '', message = '' } = (await asked()).detail ?? {};
      expect((await status(id, { use_offline: '' })).token).toEqual({ serial: 'MINE', type: 'qr' });
      await paired.servers.call('check_t', { transactionid: id, pass: phone.read(message).tan }, 1);
      expect((await status(id)).token).toEqual({ serial: 'MINE', type: 'qr' });
      const key = phone.keys.publicKey.toString('base64');
      return { told: (await status(id, { use_offline: '' })).token.offline_info, key };
    };
    expect((await answered()).told).toBeUndefined();
    const rights = RIGHTS.map((action) => ['selfservice', action] as const);
    await paired.reset(...rights, ['authentication', 'support_offline=qr']);
    const { told, key } = await answered();
    expect(told).toEqual({ public_key: key, user_token_id: 7 });
  });

  it.each([
    ['qr', 'pairing_complete'],
    ['push', 'active'],
  ] as const)('begins anew, of a %s token that is not %s yet', async (type, complete) => {
    const phoneOf = (invitation: ReturnType<typeof readInvitation>) =>
      type === 'qr' ? new QrPhone(invitation) : new PushPhone(invitation);
    const lost = phoneOf(await enrolled(type));
    const response = lost.pairing();
    await paired.pair(response);
    const { transactionid: old = '' } = (await asked()).detail ?? {};
    const phone = phoneOf(await enrolled(type));
    expect(await paired.stored('MINE')).toMatchObject({ active: false });
    // Neither what was asked nor what answered before is good for anything.
    expect(await status(old)).toMatchObject({ status: 'closed', valid_tan: false });
    expect((await paired.pair(response, 1)).result.status).toBe(false);
    expect((await asked()).result).toEqual(REFUSED);
    await paired.pair(phone.pairing());
    const { transactionid: id = '', message = '' } = (await asked()).detail ?? {};
    if (phone instanceof QrPhone) {
      await paired.servers.call('check_t', { transactionid: id, pass: phone.read(message).tan });
    } else await paired.confirm('accept', id, phone.read(paired.pushed().challenge).accept);
    expect(await paired.stored('MINE')).toMatchObject({ active: true, info: { state: complete } });
    const { body } = await anna.post('/userservice/enroll', { type, serial: 'MINE' });
    expect(body.result).toMatchObject({ status: false, error: { code: 10 } });
  });

  it('is with the app that a policy names by the id of the request', async () => {
    await paired.reset(...RIGHTS.map((action) => ['selfservice', action] as const), [
      'authentication',
      'qrtoken_pairing_callback_url.app=https://app.example.com/pair',
    ]);
    expect(await enrolled('qr', { 'callback.id': 'app' })).toMatchObject({
      callback: 'https://app.example.com/pair',
    });
    const { body } = await anna.post('/userservice/enroll', { type: 'push', 'callback.id': 'app' });
    expect(body.result.error.message).toBe('Policy pushtoken_pairing_callback_url.app must have a value');
  });

  it('is of tokens of their own, and where a policy says so', async () => {
    const foreign = await paired.qr('OTHERS', { user: 'bernd' });
    await paired.pair(foreign.pairing());
    expect((await asked('OTHERS')).result).toEqual(REFUSED);
    const phone = new QrPhone(await enrolled('qr'));
    await paired.pair(phone.pairing());
    await paired.reset(['selfservice', 'enrollQR']);
    await paired.init({ type: 'qr', serial: 'MINE' });
    expect((await asked()).result).toMatchObject({ status: false, error: { code: 410 } });
  });
});
