import { QrPhone } from '../../support/clients/phone.js';
import { CALLBACK, PairedServers, WITHIN_MS } from './paired-servers.js';

const VALUE_FALSE = { status: true, value: false };

/** On two servers that share a PostgreSQL. */
describe('qr tokens', () => {
  let paired: PairedServers;

  beforeAll(async () => {
    paired = await PairedServers.start();
  }, WITHIN_MS);
  beforeEach(() => paired.reset());
  afterAll(() => paired?.close(), WITHIN_MS);

  const call = (path: string, form: Readonly<Record<string, string>>, node = 0) =>
    paired.servers.call(path, form, node);
  const accepts = async (form: Readonly<Record<string, string>>, node = 0) =>
    (await call('check', { user: 'anna', ...form }, node)).result.value;

  it('are activated by the first answer of the phone, which knows the server by it', async () => {
    const phone = await paired.qr();
    await paired.pair(phone.pairing());
    const { url, id, answer } = await paired.ask({ serial: 'QR1', data: 'QR1' }, 1);
    expect(answer.detail).toEqual({
      transactionid: id,
      message: url,
      linotp_tokenserial: 'QR1',
      linotp_tokentype: 'qr',
      linotp_tokendescription: '',
    });
    const shown = phone.read(url);
    expect(shown).toMatchObject({ contentType: 1, isPairing: true, texts: ['QR1', CALLBACK] });
    expect(shown.transaction).toBe(BigInt(`${id}00`));
    expect(await paired.stored('QR1')).toMatchObject({
      active: false,
      info: { state: 'pairing_challenge_sent' },
    });
    expect((await call('check_t', { transactionid: id, pass: shown.tan })).result.value).toEqual({
      value: true,
      failcount: 0,
    });
    expect(await paired.stored('QR1')).toMatchObject({
      active: true,
      counter: 2,
      info: { state: 'pairing_complete' },
    });
    expect(await paired.record('validate/check_t')).toMatchObject({
      succeeded: true,
      info: expect.stringContaining('QR1 is paired: enabled'),
    });
  });

  it.each(['tan', 'signature'] as const)('let in by the %s, once and nowhere else again', async (what) => {
    const phone = await paired.pairedQr();
    const { url, id } = await paired.ask({ serial: 'QR1', data: 'Login to VPN' });
    const shown = phone.read(url);
    expect(shown).toMatchObject({ contentType: 0, isPairing: false, texts: ['Login to VPN', CALLBACK] });
    const pass = shown[what];
    expect(await accepts({ pass, transactionid: id }, 1)).toBe(true);
    for (const node of [0, 1]) expect(await accepts({ pass, transactionid: id }, node)).toBe(false);
    expect((await call('check_t', { transactionid: id, pass })).result.value).toMatchObject({ value: false });
    expect(await paired.status(id)).toMatchObject({
      status: 'closed',
      valid_tan: true,
      received_tan: true,
      received_count: 1,
      token: { serial: 'QR1', type: 'qr' },
    });
  });

  it('answer at check_s and check_t, too, and show how it stands before', async () => {
    const phone = await paired.pairedQr();
    for (const path of ['check_s', 'check_t']) {
      const { url, id } = await paired.ask({ serial: 'QR1', data: 'x' });
      expect(await paired.status(id)).toMatchObject({
        status: 'open',
        valid_tan: false,
        received_tan: false,
      });
      const form = { serial: 'QR1', transactionid: id, pass: phone.read(url).tan };
      expect([path, (await call(path, form)).result.value]).toEqual([
        path,
        path === 'check_s' ? true : { value: true, failcount: 0 },
      ]);
    }
  });

  it(
    'let in one of fifty answers at once, on two servers',
    async () => {
      const phone = await paired.pairedQr();
      const { url, id } = await paired.ask({ serial: 'QR1', data: 'x' });
      const { tan, signature } = phone.read(url);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, node) =>
          accepts({ pass: node % 3 ? tan : signature, transactionid: id }, node),
        ),
      );
      expect(answers.filter((value) => value === true)).toHaveLength(1);
    },
    WITHIN_MS,
  );

  it('take no TAN of another challenge, phone or length, and none without a transaction', async () => {
    const phone = await paired.pairedQr();
    const first = await paired.ask({ serial: 'QR1', data: 'one' });
    const second = await paired.ask({ serial: 'QR1', data: 'two' });
    const { tan, signature } = phone.read(first.url);
    const wrong = [tan.slice(1), `0${tan}`, `pin${tan}`, signature.slice(1), `${signature}A`, ''];
    for (const pass of wrong) expect(await accepts({ pass, transactionid: first.id })).toBe(false);
    await paired.servers.admin.post('/admin/reset', { serial: 'QR1' });
    expect(await accepts({ pass: tan, transactionid: second.id })).toBe(false);
    expect(await accepts({ pass: tan })).toBe(false);
    expect(await accepts({ pass: `pin${tan}` })).toBe(false);
    expect(() => new QrPhone(phone.invitation).read(second.url)).toThrow('cannot read');
  });

  it('count wrong answers, of which a challenge takes five', async () => {
    const phone = await paired.pairedQr();
    const { url, id } = await paired.ask({ serial: 'QR1', data: 'x' });
    for (let miss = 1; miss <= 5; miss++) {
      expect(await accepts({ pass: '00000000', transactionid: id })).toBe(false);
      expect(await paired.stored('QR1')).toMatchObject({ failures: miss });
    }
    expect(await paired.status(id)).toMatchObject({ status: 'open', received_tan: true, received_count: 5 });
    expect(await accepts({ pass: phone.read(url).tan, transactionid: id })).toBe(false);
    const next = await paired.ask({ serial: 'QR1', data: 'x' });
    expect(await accepts({ pass: phone.read(next.url).tan, transactionid: next.id })).toBe(true);
    expect(await paired.stored('QR1')).toMatchObject({ failures: 0 });
  });

  it('keep their challenges where somebody else guesses the PIN', async () => {
    const phone = await paired.pairedQr();
    const { url, id } = await paired.ask({ serial: 'QR1', data: 'x' });
    for (let guess = 0; guess < 6; guess++) expect(await accepts({ pass: 'nip', data: 'x' })).toBe(false);
    expect(await paired.status(id)).toMatchObject({ received_tan: false, received_count: 0 });
    expect(await paired.stored('QR1')).toMatchObject({ failures: 6 });
    expect(await accepts({ pass: phone.read(url).tan, transactionid: id })).toBe(true);
  });

  it.each([
    ['a right PIN without a text', { pass: 'pin' }, 1],
    ['a wrong PIN', { pass: 'nip', data: 'x' }, 1],
  ])('ask nothing for %s', async (_title, form, failures) => {
    await paired.pairedQr();
    expect((await call('check', { user: 'anna', ...form })).result).toEqual(VALUE_FALSE);
    expect(await paired.stored('QR1')).toMatchObject({ failures });
  });

  it.each([
    ['no login of a host', { data: 'anna', content_type: '2' }, 'For content type auth, message must have'],
    ['another kind of content', { data: 'x', content_type: '9' }, 'Unrecognized content type: 9'],
    ['a text that is too long', { data: 'ä'.repeat(256) }, 'the message is longer than 511 bytes'],
  ])('ask nothing by %s, and count nothing', async (_title, form, reason) => {
    await paired.pairedQr();
    const answer = await call('check', { user: 'anna', pass: 'pin', ...form });
    expect([answer.result, answer.detail]).toEqual([VALUE_FALSE, undefined]);
    expect(await paired.record('validate/check')).toMatchObject({
      succeeded: false,
      info: expect.stringContaining(reason),
    });
    expect((await call('check_s', { serial: 'QR1', pass: 'pin', ...form })).result.status).toBe(false);
    expect(await paired.stored('QR1')).toMatchObject({ failures: 0 });
  });

  it('ask nothing but for the pairing, before it is complete', async () => {
    const phone = await paired.qr();
    const text = { serial: 'QR1', data: 'QR1' };
    expect((await paired.ask(text)).answer.result.value).toBe(false);
    await paired.pair(phone.pairing());
    const { answer } = await paired.ask({ serial: 'QR1', data: 'else' });
    expect(answer.result).toEqual({ status: false, value: false });
    expect(await paired.record('validate/check_s')).toMatchObject({
      info: expect.stringContaining('message must be equal to serial in pairing mode'),
    });
  });

  it('say who asks where, of a login', async () => {
    const phone = await paired.pairedQr();
    const { url } = await paired.ask({ serial: 'QR1', data: 'anna@vpn', content_type: '2' });
    expect(phone.read(url)).toMatchObject({ contentType: 2, texts: ['anna@vpn', CALLBACK] });
  });

  it('need to know where the app answers', async () => {
    await paired.pairedQr();
    await paired.servers.database.query(`UPDATE policy SET action = 'qrtoken_pairing_callback_url=x'`);
    await paired.servers.database.query('UPDATE configuration_version SET version = version + 1');
    const { answer } = await paired.ask({ serial: 'QR1', data: 'x' });
    expect(answer.result.value).toBe(false);
    expect(await paired.record('validate/check_s')).toMatchObject({
      info: expect.stringContaining('qrtoken_challenge_callback_url or qrtoken_challenge_callback_sms must'),
    });
  });

  it('answer nothing that is over', async () => {
    const phone = await paired.pairedQr();
    const { url, id } = await paired.ask({ serial: 'QR1', data: 'x' });
    await paired.servers.database.query(`UPDATE challenge SET expires_at = now() - interval '1 second'`);
    expect(await accepts({ pass: phone.read(url).tan, transactionid: id })).toBe(false);
    expect(await paired.status(id)).toBeUndefined();
  });

  it.each([
    ['disabled', '/admin/disable', {}],
    ['taken from its owner', '/admin/unassign', {}],
    ['given to somebody else', '/admin/assign', { user: 'bernd' }],
  ])('answer nothing once they are %s', async (_title, path, form) => {
    const phone = await paired.pairedQr();
    const { url, id } = await paired.ask({ serial: 'QR1', data: 'x' });
    await paired.servers.admin.post(path, { serial: 'QR1', ...form });
    const { tan: pass } = phone.read(url);
    expect((await call('check_t', { transactionid: id, pass })).result.value).toMatchObject({ value: false });
    expect(await accepts({ pass, transactionid: id })).toBe(false);
  });

  it('tell clients what they need offline, where a policy says so', async () => {
    const phone = await paired.pairedQr();
    const info = { public_key: phone.keys.publicKey.toString('base64'), user_token_id: 7 };
    const login = async () => {
      const { url, id } = await paired.ask({ serial: 'QR1', data: 'x' });
      const form = { user: 'anna', pass: phone.read(url).tan, transactionid: id, use_offline: 'true' };
      const { detail } = await call('check', form);
      return { detail, status: await paired.status(id, { use_offline: '' }) };
    };
    const silent = await login();
    expect(silent.detail).toBeUndefined();
    expect(silent.status?.token).toEqual({ serial: 'QR1', type: 'qr' });
    await paired.servers.policies(`qrtoken_challenge_callback_url=${CALLBACK}`, 'support_offline=u2f qr');
    const told = await login();
    expect(told.detail).toEqual({ offline: { serial: 'QR1', type: 'qr', offline_info: info } });
    expect(told.status?.token).toEqual({ serial: 'QR1', type: 'qr', offline_info: info });
  });

  it('show their challenge as a QR code', async () => {
    await paired.pairedQr();
    const form = new URLSearchParams({ serial: 'QR1', pass: 'pin', data: 'x', qr: 'png' });
    const response = await fetch(`${paired.servers.nodes[0]?.url}/validate/check_s`, {
      method: 'POST',
      body: form,
    });
    expect(response.headers.get('content-type')).toBe('image/png');
  });

  it('tell administrators nothing that answers a challenge', async () => {
    const phone = await paired.pairedQr();
    const { url, id } = await paired.ask({ serial: 'QR1', data: 'x' });
    const { tan, signature } = phone.read(url);
    const { text } = await paired.servers.admin.post('/admin/checkstatus', { transactionid: id });
    expect(text).toContain(id);
    const { rows } = await paired.servers.database.query('SELECT c::text AS row FROM challenge c');
    for (const secret of [tan, signature]) {
      expect(text).not.toContain(secret);
      expect(rows.at(-1)?.row).not.toContain(secret);
    }
  });
});
