import { changed } from '../../../faults/given-users.js';
import { type GivenHttpGateway, givenHttpGateway } from '../../../support/servers/given-http-gateway.js';
import {
  ACCEPT,
  type GivenRadiusServer,
  REJECT,
  givenRadiusServer,
} from '../../../support/servers/given-radius-server.js';
import { RFC_KEY_HEX, hotpAt } from '../../../support/clients/otp.js';
import { SelfServiceScene } from '../scene.js';

/** `/userservice/enroll`: tokens that somebody else decides about. */

const WITHIN_MS = 60_000;
const RIGHTS = 'enrollHMAC, enrollFORWARD, enrollREMOTE, enrollRADIUS, enrollYUBICO';
const SHARED_SECRET = 'MarkedSharedSecret';

let scene: SelfServiceScene;
let there: GivenHttpGateway;
let radius: GivenRadiusServer;

beforeAll(async () => {
  [scene, there, radius] = await Promise.all([
    SelfServiceScene.start(),
    givenHttpGateway(),
    givenRadiusServer(SHARED_SECRET),
  ]);
}, WITHIN_MS);
afterAll(async () => {
  await scene?.stop();
  await Promise.all([there?.close(), radius?.close()]);
}, WITHIN_MS);
beforeEach(() => scene.begin(RIGHTS));

describe('a token of one’s own that somebody else decides about', () => {
  it('forwards to a token of theirs, and to nobody else’s', async () => {
    await scene.enrolled({ type: 'hmac', serial: 'ANNAS', otpkey: RFC_KEY_HEX });
    await scene.enrolled({ type: 'hmac', serial: 'BERNDS', otpkey: '5a'.repeat(20) }, 'bernd');
    const forward = { type: 'forward', 'forward.serial': 'ANNAS' };
    const { detail } = await scene.enrolled({ ...forward, serial: 'FORWARD' });
    expect(detail).toEqual({ serial: 'FORWARD' });
    const form = { user: 'anna', serial: 'FORWARD', pass: hotpAt(0) };
    expect((await scene.check(form)).result.value).toBe(true);

    const refusal = { message: "no target token with serial 'BERNDS' found" };
    await expect(scene.refused({ ...forward, 'forward.serial': 'BERNDS' })).resolves.toMatchObject(refusal);
    await expect(scene.refused({ type: 'forward', 'forward.serial': 'NOBODYS' })).resolves.toMatchObject({
      message: "no target token with serial 'NOBODYS' found",
    });
  });

  it.each([
    ['given to somebody else', '/admin/assign', { user: 'bernd' }],
    ['taken from them', '/admin/unassign', {}],
  ])('forwards no more once its target is %s', async (_title, path, form) => {
    await scene.enrolled({ type: 'hmac', serial: 'ANNAS', otpkey: RFC_KEY_HEX });
    await scene.enrolled({ type: 'forward', 'forward.serial': 'ANNAS', serial: 'FORWARD' });
    await changed(scene.admin, path, { serial: 'ANNAS', ...form });
    const pass = hotpAt(0);
    const check = () => scene.check({ user: 'anna', serial: 'FORWARD', pass });
    expect((await check()).result.value).toBe(false);
    await changed(scene.admin, '/admin/assign', { serial: 'ANNAS', user: 'anna' });
    expect((await check()).result.value).toBe(true);
    expect(await scene.stored('ANNAS')).toMatchObject({ counter: 1 });
    const { text } = await scene.admin.post('/admin/show', { tokenrealm: 'staff' });
    expect(text).toContain('forward.serial');
    expect(text).not.toContain('forward.own');
  });

  it('asks the server that settings name, whatever else is said', async () => {
    const remote = { type: 'remote', serial: 'REMOTE', 'remote.user': 'anna' };
    const own = { ...remote, 'remote.server': there.url, 'remote.local_checkpin': '0' };
    await expect(scene.refused(own)).resolves.toMatchObject({
      message: expect.stringContaining("Missing parameter: 'remote.server'"),
    });
    await changed(scene.admin, '/system/setConfig', {
      'remote.server': `${there.url}far`,
      'remote.realm': 'r',
    });
    await scene.enrolled({ ...own, 'remote.server': 'http://evil.test' });
    there.answer = (response) => void response.end('{"result":{"status":true,"value":true}}');
    await expect(scene.accepts('anna', '123456')).resolves.toBe(true);
    const [received] = there.received;
    expect(received?.url).toBe('/far/validate/check');
    expect(Object.fromEntries(new URLSearchParams(received?.body))).toMatchObject({
      user: 'anna',
      realm: 'r',
    });
  });

  it('asks the RADIUS servers that settings name, with a secret that is told to nobody', async () => {
    await changed(scene.admin, '/system/setConfig', {
      'radius.server': `127.0.0.1:${radius.port}`,
      'radius.secret': SHARED_SECRET,
    });
    radius.answer = (request) => [request.answer(request.password === 'right' ? ACCEPT : REJECT)];
    const { detail } = await scene.enrolled({
      type: 'radius',
      serial: 'RADIUS',
      'radius.user': 'anna',
      'radius.server': 'evil.test',
      'radius.secret': 'another',
    });
    expect(detail).toEqual({ serial: 'RADIUS' });
    await expect(scene.accepts('anna', 'right')).resolves.toBe(true);
    await expect(scene.accepts('anna', 'wrong')).resolves.toBe(false);
    expect(JSON.stringify(await scene.stored('RADIUS'))).not.toContain(SHARED_SECRET);
  });

  it('is a Yubikey by its public id', async () => {
    const { detail } = await scene.enrolled({ type: 'yubico', 'yubico.tokenid': 'vvccccccdefg' });
    expect(Object.keys(detail ?? {})).toEqual(['serial']);
    await expect(scene.refused({ type: 'yubico', 'yubico.tokenid': 'short' })).resolves.toMatchObject({
      message: 'The YubiKey token ID needs to be 12 characters long!',
    });
  });
});
