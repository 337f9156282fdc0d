import { CALLBACK, PairedServers, WITHIN_MS } from './paired-servers.js';

const NAMES = {
  linotp_tokenserial: 'NEAR',
  linotp_tokentype: 'forward',
  linotp_tokendescription: '',
};
const FAR = 'https://far.example.com/answer';

/** Forward tokens whose target has a paired device, on two servers that share a PostgreSQL. */
describe('tokens that forward to a paired device', () => {
  let paired: PairedServers;

  beforeAll(async () => {
    paired = await PairedServers.start();
  }, WITHIN_MS);
  beforeEach(() => paired.reset());
  afterAll(() => paired?.close(), WITHIN_MS);

  const forward = () =>
    paired.init({ type: 'forward', serial: 'NEAR', pin: 'near', user: 'anna', 'forward.serial': 'TARGET' });
  /** Of nobody, with a PIN of its own. */
  const target = { user: '', pin: 'its own' };
  const forwardedQr = async () => {
    const phone = await paired.qr('TARGET', target);
    await paired.pair(phone.pairing());
    const { url, id } = await paired.ask({ serial: 'TARGET', pass: 'its own', data: 'TARGET' });
    await paired.servers.call('check_t', { transactionid: id, pass: phone.read(url).tan });
    await forward();
    return phone;
  };
  const forwardedPush = async () => {
    const phone = await paired.push('TARGET', target);
    await paired.pair(phone.pairing());
    await paired.ask({ serial: 'TARGET', pass: 'its own', data: 'x' });
    const { transactionId, challenge } = paired.pushed();
    await paired.confirm('accept', transactionId, phone.read(challenge).accept);
    await forward();
    return phone;
  };
  const ask = (form: Readonly<Record<string, string>> = {}, node = 0) =>
    paired.ask({ serial: 'NEAR', pass: 'near', data: 'Login to VPN', ...form }, node);
  const accepts = async (form: Readonly<Record<string, string>>, node = 0) =>
    (await paired.servers.call('check', { user: 'anna', ...form }, node)).result.value;
  const failures = () =>
    Promise.all(['NEAR', 'TARGET'].map(async (one) => (await paired.stored(one)).failures));

  describe('of a qr token', () => {
    it('have its app asked by their own PIN, and are let in by its answer, once', async () => {
      const phone = await forwardedQr();
      const { url, id, answer } = await ask();
      expect(answer.detail).toEqual({
        transactionid: id,
        message: url,
        linotp_forward_tokenserial: 'TARGET',
        linotp_forward_tokendescription: '',
        linotp_forward_tokentype: 'qr',
        ...NAMES,
      });
      const shown = phone.read(url);
      expect(shown).toMatchObject({ contentType: 0, texts: ['Login to VPN', CALLBACK] });
      expect(await accepts({ pass: '00000000', transactionid: id }, 1)).toBe(false);
      expect(await failures()).toEqual([1, 1]);
      const open = await paired.status(id, { pass: 'near' });
      expect(open).toMatchObject({
        status: 'open',
        received_count: 1,
        token: { serial: 'NEAR', type: 'forward' },
      });
      expect(await accepts({ pass: shown.tan, transactionid: id }, 1)).toBe(true);
      for (const node of [0, 1])
        expect(await accepts({ pass: shown.tan, transactionid: id }, node)).toBe(false);
      expect(await paired.status(id, { pass: 'near' })).toMatchObject({ status: 'closed', valid_tan: true });
    });

    it.each(['check_s', 'check_t'])('are answered at %s by the signature', async (path) => {
      const phone = await forwardedQr();
      const { url, id } = await ask({}, 1);
      const form = { serial: 'NEAR', transactionid: id, pass: phone.read(url).signature };
      const { value } = (await paired.servers.call(path, form)).result;
      expect(value).toEqual(path === 'check_s' ? true : { value: true, failcount: 0 });
      expect(await failures()).toEqual([0, 0]);
    });

    it('let in one of many answers at once, on two servers', async () => {
      const phone = await forwardedQr();
      const { url, id } = await ask();
      const { tan, signature } = phone.read(url);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, node) =>
          accepts({ pass: node % 3 ? tan : signature, transactionid: id }, node),
        ),
      );
      expect(answers.filter((value) => value === true)).toHaveLength(1);
    });

    it('take no answer to a challenge of the target itself, nor the other way round', async () => {
      const phone = await forwardedQr();
      const near = await ask();
      const far = await paired.ask({ serial: 'TARGET', pass: 'its own', data: 'x' });
      const [nearTan, farTan] = [near, far].map(({ url }) => phone.read(url).tan);
      expect(await accepts({ pass: farTan ?? '', transactionid: near.id })).toBe(false);
      const crossed = { serial: 'TARGET', pass: nearTan ?? '', transactionid: near.id };
      expect((await paired.servers.call('check_s', crossed)).result.value).toBe(false);
      expect(await accepts({ pass: nearTan ?? '', transactionid: near.id })).toBe(true);
    });

    it('ask nothing by the PIN of the target, without a text, or while it is not to be used', async () => {
      await forwardedQr();
      expect((await ask({ pass: 'its own' })).answer.detail).toBeUndefined();
      expect((await ask({ data: '' })).answer.detail).toBeUndefined();
      await paired.servers.admin.post('/admin/disable', { serial: 'TARGET' });
      expect((await ask()).answer.detail).toBeUndefined();
      await paired.servers.admin.post('/admin/remove', { serial: 'TARGET' });
      expect((await ask()).answer.detail).toBeUndefined();
    });

    it('do not pair it: its own first challenge does', async () => {
      const phone = await paired.qr('TARGET', target);
      await paired.pair(phone.pairing());
      await forward();
      expect((await ask()).answer.detail).toBeUndefined();
      expect(await paired.stored('TARGET')).toMatchObject({ info: { state: 'pairing_response_received' } });
    });

    it('tell clients what they need offline, at the login and behind it, where a policy names them', async () => {
      const phone = await forwardedQr();
      const info = {
        public_key: phone.keys.publicKey.toString('base64'),
        user_token_id: 7,
        linotp_forward_tokenserial: 'TARGET',
        linotp_forward_tokendescription: '',
        linotp_forward_tokentype: 'qr',
      };
      const login = async () => {
        const { url, id } = await ask();
        const form = { user: 'anna', pass: phone.read(url).tan, transactionid: id, use_offline: 'true' };
        const { detail } = await paired.servers.call('check', form);
        return { detail, status: await paired.status(id, { pass: 'near', use_offline: '' }) };
      };
      const usual = `qrtoken_challenge_callback_url=${CALLBACK}`;
      await paired.servers.policies(usual, 'support_offline=qr');
      const silent = await login();
      expect(silent.detail).toBeUndefined();
      expect(silent.status?.token).toEqual({ serial: 'NEAR', type: 'forward' });
      await paired.servers.policies(usual, 'support_offline=forward');
      const told = await login();
      expect(told.detail).toEqual({ offline: { serial: 'NEAR', type: 'forward', offline_info: info } });
      expect(told.status?.token).toEqual({ serial: 'NEAR', type: 'forward', offline_info: info });
    });

    it('tell the app another place to answer, by the id of the request', async () => {
      const phone = await forwardedQr();
      const places = [`qrtoken_challenge_callback_url.far=${FAR}`];
      await paired.servers.policies(...places);
      const { url, id } = await ask({ 'callback.id': 'far' });
      const shown = phone.read(url);
      expect(shown.texts).toEqual(['Login to VPN', FAR]);
      expect(await accepts({ pass: shown.tan, transactionid: id })).toBe(true);
      for (const form of [{ 'callback.id': '' }, { 'callback.id': 'near' }, { 'callback.id': 'far=x' }]) {
        expect((await ask(form)).answer.detail).toBeUndefined();
        expect((await paired.record('validate/check_s')).info).toContain('callback');
      }
    });
  });

  describe('of a push token', () => {
    it('have its app told, and are let in once it accepts', async () => {
      const phone = await forwardedPush();
      const { id, answer } = await ask();
      expect(answer.detail).toMatchObject({
        transactionid: id,
        message: '',
        linotp_forward_tokenserial: 'TARGET',
        linotp_forward_tokentype: 'push',
        ...NAMES,
      });
      const { transactionId, challenge } = paired.pushed();
      expect(transactionId).toBe(id);
      const { accept, deny, texts } = phone.read(challenge);
      expect(texts[0]).toBe('Login to VPN');
      expect((await paired.confirm('accept', id, deny)).result.value).toBe(false);
      expect(await failures()).toEqual([1, 1]);
      expect((await paired.confirm('accept', id, accept, 1)).result.value).toBe(true);
      expect((await paired.confirm('accept', id, accept)).result.value).toBe(false);
      expect(await paired.status(id, { pass: 'near' })).toMatchObject({
        status: 'closed',
        valid_tan: true,
        accept: true,
        token: { serial: 'NEAR', type: 'forward' },
      });
    });

    it('let in nobody where it says no', async () => {
      const phone = await forwardedPush();
      const { id } = await ask();
      const { deny } = phone.read(paired.pushed().challenge);
      expect((await paired.confirm('reject', id, deny)).result.value).toBe(true);
      expect(await paired.status(id, { pass: 'near' })).toMatchObject({
        status: 'closed',
        valid_tan: false,
        reject: true,
      });
    });

    it('take no text for its answer', async () => {
      const phone = await forwardedPush();
      const { id } = await ask();
      const { accept } = phone.read(paired.pushed().challenge);
      expect(await accepts({ pass: accept, transactionid: id })).toBe(false);
    });
  });
});
