import { PushPhone, QrPhone, readInvitation } from '../../support/clients/phone.js';
import { CALLBACK, PairedServers, WITHIN_MS } from './paired-servers.js';

const PAIRED = { status: true, value: false };
const REFUSED = { status: false, value: false };

/** On two servers that share a PostgreSQL. */
describe('pairing', () => {
  let paired: PairedServers;

  beforeAll(async () => {
    paired = await PairedServers.start();
  }, WITHIN_MS);
  beforeEach(() => paired.reset());
  afterAll(() => paired?.close(), WITHIN_MS);

  const record = () => paired.record('validate/pair');

  it('begins with a URL that tells the app all it needs', async () => {
    const detail = await paired.init({ type: 'qr', serial: 'QR1' });
    const picture = expect.stringMatching(/^<img id="challenge_qrcode" {4}width=250 {3}src="data:image\/png/);
    const { pairing_url: value } = detail;
    expect(detail).toEqual({
      serial: 'QR1',
      pairing_url: value,
      lse_qr_url: { description: 'QRToken Pairing Url', img: picture, order: 0, value },
      lse_qr_cert: { description: 'QRToken Certificate', img: picture, order: 1, value },
    });
    const invitation = readInvitation(value);
    expect(invitation).toMatchObject({
      scheme: 'lseqr',
      type: 2,
      partition: 0,
      serial: 'QR1',
      callback: CALLBACK,
      digits: 8,
    });
    const push = await paired.init({ type: 'push', serial: 'PUSH1' });
    expect(Object.keys(push)).toEqual(['serial', 'pairing_url', 'lse_qr_url']);
    expect(readInvitation(push.pairing_url)).toMatchObject({
      type: 4,
      digits: null,
      serverKey: invitation.serverKey,
    });
    expect(await paired.stored('QR1')).toMatchObject({
      active: false,
      info: { state: 'pairing_url_sent', partition: 0 },
    });
    expect(await paired.stored('PUSH1')).toMatchObject({ active: false, info: { state: 'unpaired' } });
  });

  it.each(['qr', 'push'] as const)('of a %s token takes the answer of one app, once', async (type) => {
    const phone = await paired[type]('T1');
    const response = phone.pairing();
    expect((await paired.pair(response, 1)).result).toEqual(PAIRED);
    const stored = await paired.stored('T1');
    expect(stored).toMatchObject({ active: false, info: { state: 'pairing_response_received' } });
    expect(stored.info).toMatchObject(
      type === 'qr'
        ? { user_token_id: 7, user_public_key: phone.keys.publicKey.toString('base64') }
        : {
            user_token_id: 9,
            user_dsa_public_key: phone.keys.publicKey.toString('base64'),
            user_login: 'anna',
            gda: 'device-1',
          },
    );
    expect(await record()).toMatchObject({
      succeeded: true,
      username: 'anna',
      realm: 'staff',
      serial: 'T1',
      token_type: type,
    });
    for (const again of [response, phone.pairing({ serial: 'T1' })].slice(0, type === 'qr' ? 2 : 1)) {
      expect((await paired.pair(again)).result).toEqual(REFUSED);
      expect(await paired.stored('T1')).toEqual(stored);
      expect(await record()).toMatchObject({ succeeded: false, info: expect.stringMatching(/^ERR905: /) });
    }
  });

  it.each(['qr', 'push'] as const)(
    'of a %s token is refused to another app, and changes nothing',
    async (type) => {
      const phone = await paired[type]('T1');
      const stranger =
        type === 'qr' ? new QrPhone(phone.invitation) : new PushPhone(phone.invitation, 'device-1');
      await paired.pair(phone.pairing());
      const before = await paired.stored('T1');
      expect((await paired.pair(stranger.pairing())).result).toEqual(REFUSED);
      expect(await paired.stored('T1')).toEqual(before);
    },
  );

  it(
    'is good for one of fifty apps that answer at once, on two servers',
    async () => {
      const { invitation } = await paired.qr();
      const phones = Array.from({ length: 50 }, (_, place) => new QrPhone(invitation, 'anna', place));
      const answers = await Promise.all(phones.map((phone, node) => paired.pair(phone.pairing(), node)));
      expect(answers.filter(({ result }) => result.status)).toHaveLength(1);
      const winner = answers.findIndex(({ result }) => result.status);
      expect(await paired.stored('QR1')).toMatchObject({ info: { user_token_id: winner } });
    },
    WITHIN_MS,
  );

  it.each([
    ['of another type', { type: 4 }, 'Malformed pairing response for type PushToken'],
    ['of a type that nobody has', { type: 9 }, 'unsupported token type 9, supported types are [2, 4]'],
    [
      'of no serial',
      { serial: '' },
      'Pairing responses with no serial attached are currently not implemented.',
    ],
    ['of a serial that there is not', { serial: 'NOBODYS' }, 'no token has the serial in pairing response'],
    ['of another partition', { partition: 1 }, 'Malformed pairing response'],
    ['with more behind it', { more: Buffer.from('more\0') }, 'Malformed pairing response for type QrToken'],
  ])('takes no answer %s', async (_title, whims, reason) => {
    const phone = await paired.qr('QR1');
    const before = await paired.stored('QR1');
    expect((await paired.pair(phone.pairing(whims))).result).toEqual(REFUSED);
    expect(await paired.stored('QR1')).toEqual(before);
    expect(await record()).toMatchObject({ succeeded: false, info: `ERR905: ${reason}` });
  });

  it('takes no answer for a token of the other type, whatever it is signed with', async () => {
    const phone = await paired.push('PUSH1');
    const { invitation } = await paired.qr('QR1');
    const wrong = new PushPhone(invitation);
    expect((await paired.pair(wrong.pairing())).result).toEqual(REFUSED);
    expect(await record()).toMatchObject({
      info: "ERR905: Serial in pairing response doesn't match supplied token_type",
    });
    expect((await paired.pair(phone.pairing({ badSignature: true }))).result).toEqual(REFUSED);
    expect(await record()).toMatchObject({ info: 'ERR905: Invalid signature for pairing response data' });
  });

  it('takes nothing that was cut, changed or made up', async () => {
    const phone = await paired.qr();
    const before = await paired.stored('QR1');
    const bytes = Buffer.from(phone.pairing(), 'base64url');
    const flipped = Buffer.from(bytes);
    flipped[60] = (flipped[60] ?? 0) ^ 1;
    const texts = ['', 'x', '%%', bytes.subarray(0, 60).toString('base64url'), flipped.toString('base64url')];
    for (const text of texts) expect((await paired.pair(text)).result).toEqual(REFUSED);
    bytes[0] = 2;
    expect((await paired.pair(bytes.toString('base64url'))).result).toEqual(REFUSED);
    expect(await record()).toMatchObject({
      info: 'ERR905: Unexpected pair-response version, expected: 1, got: 2',
    });
    expect(await paired.stored('QR1')).toEqual(before);
  });

  it('is over after a while', async () => {
    const phone = await paired.qr();
    await paired.servers.database.query(
      `UPDATE token SET info = info || jsonb_build_object('pairing_until', extract(epoch FROM now())::bigint - 1)`,
    );
    expect((await paired.pair(phone.pairing())).result).toEqual(REFUSED);
    expect(await record()).toMatchObject({ info: 'ERR905: the pairing URL has expired' });
  });

  it('is over where the token is disabled, and begins anew where it is unpaired', async () => {
    const { admin } = paired.servers;
    const phone = await paired.qr();
    const used = phone.pairing();
    await paired.pair(used);
    await admin.post('/admin/disable', { serial: 'QR1' });
    expect(await paired.stored('QR1')).toMatchObject({ active: false, info: { state: 'pairing_url_sent' } });
    const { answer } = await paired.ask({ serial: 'QR1', data: 'QR1' });
    expect(answer.result.value).toBe(false);
    expect((await paired.pair(phone.pairing())).result).toEqual(REFUSED);

    const unpaired = await admin.post('/admin/unpair', { serial: 'QR1' });
    expect(unpaired.body.result).toEqual({ status: true, value: true });
    expect((await paired.pair(used)).result).toEqual(REFUSED);
    expect((await paired.pair(new QrPhone(phone.invitation).pairing())).result).toEqual(PAIRED);
  });

  it('is taken from a qr token that was used, and from no push token', async () => {
    const { admin } = paired.servers;
    const phone = await paired.pairedQr();
    const { url, id } = await paired.ask({ serial: 'QR1', data: 'x' });
    await admin.post('/admin/unpair', { serial: 'QR1' });
    expect(await paired.stored('QR1')).toMatchObject({
      active: false,
      info: expect.not.objectContaining({ user_public_key: expect.anything() }),
    });
    const late = await paired.servers.call('check_t', { transactionid: id, pass: phone.read(url).tan });
    expect(late.result.value).toMatchObject({ value: false });

    await paired.pairedPush();
    const before = await paired.stored('PUSH1');
    const refused = await admin.post('/admin/unpair', { serial: 'PUSH1' });
    expect(refused.body.result).toEqual(REFUSED);
    expect(await paired.record('admin/unpair')).toMatchObject({
      info: "token type push doesn't support unpairing ",
    });
    expect(await paired.stored('PUSH1')).toEqual(before);
  });

  it('lets the app of a push token tell another address, by its own key', async () => {
    const phone = await paired.pairedPush();
    const moved = phone.movedTo('device-2');
    const response = moved.pairing();
    expect((await paired.pair(response)).result).toEqual(PAIRED);
    expect(await paired.stored('PUSH1')).toMatchObject({
      active: true,
      info: { state: 'active', gda: 'device-2' },
    });
    expect((await paired.pair(phone.movedTo('device-3').pairing(), 1)).result).toEqual(PAIRED);
    // What was told before counts no more.
    expect((await paired.pair(response)).result).toEqual(REFUSED);
    expect(await paired.stored('PUSH1')).toMatchObject({ info: { gda: 'device-3' } });
    expect((await paired.pair(new PushPhone(phone.invitation, 'device-4').pairing())).result).toEqual(
      REFUSED,
    );
    expect(await record()).toMatchObject({ info: "ERR905: re-pairing: public keys don't match" });
  });

  it('has a partition of its own where a policy says so', async () => {
    await paired.reset(['enrollment', 'partition=3']);
    const phone = await paired.qr();
    await paired.reset();
    const other = await paired.qr('QR2');
    expect(phone.invitation.partition).toBe(3);
    expect(phone.invitation.serverKey.equals(other.invitation.serverKey)).toBe(false);
    await paired.reset(['enrollment', 'partition=3']);
    const again = await paired.qr('QR3');
    expect(again.invitation.serverKey).toEqual(phone.invitation.serverKey);
    expect((await paired.pair(again.pairing(), 1)).result).toEqual(PAIRED);
  });

  it.each([
    [{ type: 'qr', genkey: '1' }, 'Unknown request type for token type qr'],
    [{ type: 'qr', otplen: '5' }, "unsupported digits '5'"],
    [{ type: 'push', otplen: '6' }, 'Unknown request type for token type pushtoken'],
  ])('needs what the app can know: %p', async (form, message) => {
    const { body } = await paired.servers.admin.post('/admin/init', { serial: 'T1', ...form });
    expect(body.result).toEqual({ status: false, error: { code: -311, message } });
  });

  it('is not begun twice', async () => {
    await paired.qr();
    const before = await paired.stored('QR1');
    const { body } = await paired.servers.admin.post('/admin/init', { type: 'qr', serial: 'QR1' });
    expect(body.result.error.message).toBe(
      "token QR1 is in state 'pairing_url_sent', which does not allow this",
    );
    expect(await paired.stored('QR1')).toEqual(before);
  });
});
