import type { Browser, Page } from 'playwright-core';

import { enrol } from '../../../faults/given-users.js';
import { HAS_CHROMIUM, qrCodeIn, startChromium } from '../../../support/clients/chromium.js';
import { hotpAt, totpAt } from '../../../support/clients/otp.js';
import { PASSWORD, SelfServiceScene } from '../scene.js';
import { startPortal } from './portal-server.js';

/** What a user does in a browser, on a small page that speaks as LinOTP's portal does. */

const WITHIN_MS = 120_000;
const RIGHTS = 'mfa_login, enrollTOTP, verify, resync, delete';

(HAS_CHROMIUM ? describe : describe.skip)('in a browser', () => {
  let scene: SelfServiceScene;
  let portal: Awaited<ReturnType<typeof startPortal>>;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    [scene, browser] = await Promise.all([SelfServiceScene.start(), startChromium()]);
    portal = await startPortal(scene.nodes[0]?.url ?? '');
  }, WITHIN_MS);
  afterAll(async () => {
    await browser?.close();
    await portal?.stop();
    await scene?.stop();
  }, WITHIN_MS);

  beforeEach(async () => {
    await scene.begin(RIGHTS);
    await enrol(scene.admin, 'FIRST', { user: 'anna' });
    // A browser of its own, without anybody's cookies.
    page = await (await browser.newContext()).newPage();
    await page.goto(portal.url);
  });
  afterEach(() => page.context().close());

  /** Waits until the page says so. */
  const says = (text: string) => page.getByText(text, { exact: true }).waitFor();
  async function fill(values: Readonly<Record<string, string>>): Promise<void> {
    for (const [label, value] of Object.entries(values))
      await page.getByLabel(label, { exact: true }).fill(value);
  }
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();

  async function showPassword(): Promise<void> {
    await fill({ user: 'anna', password: PASSWORD });
    await press('Log in');
    await says('second factor, please');
  }

  async function sessionCookie() {
    const cookies = await page.context().cookies();
    return cookies.find(({ name }) => name === 'user_selfservice');
  }

  async function logIn(otp: string): Promise<void> {
    await showPassword();
    await fill({ 'OTP of the login': otp });
    await press('Go on');
  }

  it(
    'a user logs in with a second factor, enrols TOTP by its QR code, verifies, resynchronises and deletes it',
    async () => {
      await logIn(hotpAt(0));
      await says('logged in as anna');
      await says('FIRST hmac');

      await fill({ description: 'my phone' });
      await press('Enrol');
      const picture = page.locator('#picture img');
      await picture.waitFor();
      const url = new URL(await qrCodeIn(picture));
      expect(url.href).toMatch(/^otpauth:\/\/totp\/LinOTP:anna\?secret=[A-Z2-7]{32}&issuer=LinOTP$/);
      const keyHex = hexOf(url.searchParams.get('secret') ?? '');
      const serial = await page.getByLabel('serial', { exact: true }).inputValue();
      await says(`${serial} totp my phone`);

      const now = new Date();
      await fill({ OTP: totpAt(now, { keyHex }) });
      await press('Verify');
      await says('verify: true');
      // Once is enough.
      await press('Verify');
      await says('verify: false');

      const ahead = {
        'first OTP': totpAt(now, { keyHex, steps: 20 }),
        'second OTP': totpAt(now, { keyHex, steps: 21 }),
      };
      await fill({ OTP: '', ...ahead });
      await press('Resync');
      await says('resync: {"resync Token":true}');
      await press('Resync');
      await says('resync: {"resync Token":false}');

      await press('Delete');
      await says('delete: {"delete token":1}');
      await page.getByText(`${serial} totp my phone`).waitFor({ state: 'detached' });
      await expect(scene.serials()).resolves.toEqual(['FIRST']);

      await press('Log out');
      await says('logged out');
    },
    WITHIN_MS,
  );

  it(
    'nobody gets further with a wrong second factor',
    async () => {
      await showPassword();
      expect(await sessionCookie()).toMatchObject({ sameSite: 'Lax', httpOnly: false });
      await fill({ 'OTP of the login': '000000' });
      await press('Go on');
      await says('login: false');
      await page.locator('main').waitFor({ state: 'hidden' });
      // The password has to be shown again.
      expect(await sessionCookie()).toBeUndefined();
    },
    WITHIN_MS,
  );

  it(
    'another site cannot act as the user who is logged in',
    async () => {
      await logIn(hotpAt(0));
      await says('logged in as anna');
      const foreign = await startPortal(scene.nodes[0]?.url ?? '');
      try {
        const other = await page.context().newPage();
        await other.goto(foreign.url.replace('127.0.0.1', 'localhost'));
        const answered = other.waitForResponse((response) => response.url().includes('/userservice/delete'));
        await other.setContent(
          `<form method="post" action="${portal.url}/userservice/delete"><input name="serial" value="FIRST" /><button>Win a prize</button></form>`,
        );
        await other.getByRole('button').click();
        expect((await answered).status()).toBe(401);
        await expect(scene.serials()).resolves.toEqual(['FIRST']);
      } finally {
        await foreign.stop();
      }
    },
    WITHIN_MS,
  );
});

/** RFC 4648 §6. */
function hexOf(base32: string): string {
  const bits = [...base32].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  const bytes = bits.join('').match(/.{8}/g) ?? [];
  return bytes.map((byte) => Number.parseInt(byte, 2).toString(16).padStart(2, '0')).join('');
}
