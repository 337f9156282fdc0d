import { PASSWORD_HASH, PairedServers, WITHIN_MS } from '../qr-push/paired-servers.js';

const TEXT = 'Selfservice Login Request\nUser: anna';

interface Answer {
  readonly value: unknown;
  readonly detail: Readonly<Record<string, unknown>> | undefined;
  readonly session: string;
}

/** The portal's login with a telephone that answers, on two servers. */
describe('a second factor that a paired device answers', () => {
  let paired: PairedServers;

  beforeAll(async () => {
    paired = await PairedServers.start(PASSWORD_HASH);
  }, WITHIN_MS);
  afterAll(() => paired?.close(), WITHIN_MS);
  beforeEach(() => paired.reset(['selfservice', 'mfa_login']));

  async function login(form: Readonly<Record<string, string>>, session = '', node = 0): Promise<Answer> {
    const response = await fetch(`${paired.servers.nodes[node]?.url}/userservice/login`, {
      method: 'POST',
      headers: { cookie: `user_selfservice=${session}` },
      body: new URLSearchParams({ ...form, session }),
    });
    const { result, detail } = (await response.json()) as {
      result: { value: unknown };
      detail?: Record<string, unknown>;
    };
    const [, next = ''] = /user_selfservice=([0-9a-f]*)/.exec(response.headers.getSetCookie().join()) ?? [];
    return { value: result.value, detail, session: next };
  }
  /** The first two steps. */
  async function asked(serial: string): Promise<Answer> {
    const first = await login({ username: 'anna', password: 'password' });
    return login({ serial }, first.session);
  }

  it('by a TAN, of a picture that is scanned', async () => {
    const phone = await paired.pairedQr();
    const { detail, session } = await asked('QR1');
    expect(detail).toMatchObject({
      message: 'Please scan the provided qr code',
      replyMode: ['offline', 'online'],
      img_src: expect.stringMatching(/^data:image\/png;base64,/),
      transactionId: expect.stringMatching(/^\d+$/),
      linotp_tokentype: 'qr',
    });
    const shown = phone.read(String(detail?.['transactionData']));
    expect(shown).toMatchObject({ contentType: 0, texts: [TEXT, expect.any(String)] });
    const wrong = await login({ otp: shown.tan === '00000000' ? '00000001' : '00000000' }, session);
    expect([wrong.value, (await paired.stored('QR1')).failures]).toEqual([false, 1]);
    expect((await login({ otp: shown.tan }, wrong.session, 1)).value).toBe(true);
  });

  it.each([
    ['accept', true],
    ['reject', false],
  ] as const)('by a push message, which its user %ss', async (what, isIn) => {
    const phone = await paired.pairedPush();
    const { detail, session } = await asked('PUSH1');
    expect(detail).toMatchObject({ replyMode: ['online'], linotp_tokentype: 'push' });
    const shown = phone.read(paired.pushed().challenge);
    expect(shown.texts).toContain(TEXT);
    expect(await login({}, session)).toMatchObject({ value: false, session: '', detail: { status: 'open' } });
    const signature = what === 'accept' ? shown.accept : shown.deny;
    await paired.confirm(what, String(detail?.['transactionId']), signature, 1);
    const polled = await login({}, session);
    expect(polled).toMatchObject({
      value: isIn,
      detail: { status: 'closed', valid_tan: isIn, [what]: true },
    });
    expect(polled.session !== '').toBe(isIn);
    expect((await login({ otp: shown.accept }, polled.session || session)).value).toBe(false);
  });

  it('is none before the device has answered for the first time', async () => {
    const phone = await paired.qr();
    await paired.pair(phone.pairing());
    for (const data of ['', 'QR1']) {
      const first = await login({ username: 'anna', password: 'password' });
      const answer = await login({ serial: 'QR1', data }, first.session);
      expect([data, answer.value, answer.detail]).toEqual([data, false, undefined]);
    }
    expect(await paired.stored('QR1')).toMatchObject({ active: false });
  });
});
