import type { Browser, CDPSession, Page } from 'playwright-core';

import { HAS_CHROMIUM, startChromium } from '../../support/clients/chromium.js';
import { PASSWORD } from '../userservice/scene.js';
import { startPortal } from '../userservice/portal/portal-server.js';
import { KeyScene, PIN } from './key-scene.js';

const WITHIN_MS = 120_000;
/** A page on the machine itself is one to which browsers give keys without HTTPS. */
const RP_ID = 'localhost';

/** What a page does with what the server tells it: the browser's own readers of JSON, and nothing else. */
const CREATE = `async (options) => {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return (await navigator.credentials.create({ publicKey })).toJSON();
}`;
const GET = `async (options) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return (await navigator.credentials.get({ publicKey })).toJSON();
}`;

const CALL = `async ({ name, fields }) => {
  const [, session] = /user_selfservice="?([^;"]+)/.exec(document.cookie) ?? [];
  const answer = await fetch('/userservice/' + name, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...fields, ...(session && { session }) }),
  });
  return answer.json();
}`;

/** With the keys of a browser that are none of ours (the domain WebAuthn of Chromium's protocol). */
(HAS_CHROMIUM ? describe : describe.skip)('in a browser', () => {
  let keys: KeyScene;
  let portal: Awaited<ReturnType<typeof startPortal>>;
  let browser: Browser;
  let page: Page;
  let devtools: CDPSession;

  beforeAll(async () => {
    [keys, browser] = await Promise.all([KeyScene.start(), startChromium()]);
    portal = await startPortal(keys.scene.nodes[0]?.url ?? '');
  }, WITHIN_MS);
  afterAll(async () => {
    await browser?.close();
    await portal?.stop();
    await keys?.stop();
  }, WITHIN_MS);

  beforeEach(async () => {
    await keys.scene.begin();
    await keys.scene.give(
      { scope: 'selfservice', action: 'enrollFIDO2, setOTPPIN' },
      { scope: 'enrollment', action: `fido2_rp_id=${RP_ID}` },
    );
    page = await (await browser.newContext()).newPage();
    devtools = await page.context().newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    await page.goto(portal.url.replace('127.0.0.1', RP_ID));
  });
  afterEach(() => page.context().close());

  async function giveKey(options: object = {}): Promise<string> {
    const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'usb',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
        ...options,
      },
    });
    return authenticatorId;
  }

  /** The page asks the server, by the user's session. */
  const call = (name: string, fields: object) =>
    inPage<{ result: { value: unknown }; detail?: Record<string, object> }>(CALL, { name, fields });
  const inPage = <T = object>(work: string, given: unknown): Promise<T> =>
    page.evaluate(`(${work})(${JSON.stringify(given)})`);

  async function registered(serial: string) {
    await call('login', { username: 'anna', password: PASSWORD });
    const { detail } = await call('enroll', { type: 'fido2', serial, pin: PIN });
    const attestationResponse = await inPage(CREATE, detail?.['registerrequest']);
    return call('fido2_activate_finish', { serial, attestationResponse });
  }

  it('a user registers a key in the self-service, and logs in with it again and again', async () => {
    await giveKey();
    await expect(registered('KEY1')).resolves.toMatchObject({ result: { value: true } });
    const { active, info } = await keys.stored('KEY1');
    const { attestation_format: format } = JSON.parse(String(info['fido2_credential'])) as Record<
      string,
      string
    >;
    expect([active, format]).toEqual([true, expect.stringMatching(/^(none|packed)$/)]);
    for (const count of [1, 2]) {
      const { id, request } = await keys.challenged();
      await expect(keys.accepts(id, await inPage(GET, request))).resolves.toBe(true);
      expect(Number((await keys.stored('KEY1')).info['counter'])).toBeGreaterThanOrEqual(count);
    }
  });

  it.each([
    ['as small as those of old', { protocol: 'u2f', hasResidentKey: false, hasUserVerification: false }],
    ['that is in the computer', { transport: 'internal' }],
  ])('so does one with a key %s', async (_title, options) => {
    await giveKey(options);
    await registered('KEY1');
    const { id, request } = await keys.challenged();
    await expect(keys.accepts(id, await inPage(GET, request))).resolves.toBe(true);
  });

  it('a key that is registered already is not asked a second time', async () => {
    await giveKey();
    await registered('KEY1');
    await expect(registered('KEY2')).rejects.toThrow(/InvalidStateError|registered/);
  });

  it('a copy of a key is found out', async () => {
    const authenticatorId = await giveKey();
    await registered('KEY1');
    const first = await keys.challenged();
    const { credentials } = await devtools.send('WebAuthn.getCredentials', { authenticatorId });
    await expect(keys.accepts(first.id, await inPage(GET, first.request))).resolves.toBe(true);
    for (const { credentialId } of credentials) {
      await devtools.send('WebAuthn.removeCredential', { authenticatorId, credentialId });
    }
    for (const credential of credentials) {
      await devtools.send('WebAuthn.addCredential', { authenticatorId, credential });
    }
    const { id, request } = await keys.challenged();
    await expect(keys.accepts(id, await inPage(GET, request))).resolves.toBe(false);
    expect((await keys.stored('KEY1')).active).toBe(false);
  });
});
