import { enrol, givenUsers } from '../../faults/given-users.js';
import { LoginClient } from '../../faults/login-client.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { hotpAt } from '../../support/clients/otp.js';

const START_WITHIN_MS = 60_000;

/** Whoever is refused, for whatever reason: in user and in serial, where the endpoint takes it. */
const REFUSED: readonly { readonly why: string; readonly user: string; readonly pass: string }[] = [
  { why: 'an unknown user', user: 'nosuch', pass: `pin1${hotpAt(0)}` },
  { why: 'a user without a token', user: 'dirk', pass: `pin1${hotpAt(0)}` },
  { why: 'a wrong PIN', user: 'anna', pass: `pin2${hotpAt(0)}` },
  { why: 'no PIN', user: 'anna', pass: hotpAt(0) },
  { why: 'a wrong OTP', user: 'anna', pass: `pin1${hotpAt(100)}` },
  { why: 'nothing', user: 'anna', pass: '' },
  { why: 'a locked token', user: 'bernd', pass: `pin1${hotpAt(0)}` },
  { why: 'a wrong PIN of a locked token', user: 'bernd', pass: 'pin2' },
  { why: 'a disabled token', user: 'carla', pass: `pin1${hotpAt(0)}` },
  { why: 'an expired token', user: 'emil', pass: `pin1${hotpAt(0)}` },
];

/** Which reason it was, a refusal does not tell. How long it takes, `npm run bench -- answers` shows. */
describe('a refusal', () => {
  let running: RunningApplication;
  let client: LoginClient;

  beforeAll(async () => {
    running = await startApplication();
    client = new LoginClient(running.url);
    const admin: AdminAgent = await adminAgent(running.url, running.installation);
    await givenUsers(admin, running.installation, ['anna', 'bernd', 'carla', 'dirk', 'emil']);
    for (const user of ['anna', 'bernd', 'carla', 'emil']) {
      await enrol(admin, user.toUpperCase(), { user, pin: 'pin1' });
    }
    await admin.post('/admin/set', { serial: 'ANNA', MaxFailCount: '1000' });
    await admin.post('/admin/set', { serial: 'BERND', MaxFailCount: '0' });
    await admin.post('/admin/disable', { serial: 'CARLA' });
    await admin.post('/admin/setValidity', { 'tokens[]': 'EMIL', validityPeriodEnd: '1000' });
  }, START_WITHIN_MS);

  afterAll(async () => {
    client?.close();
    await running?.stop();
  }, START_WITHIN_MS);

  it.each<{ endpoint: string; who: (user: string) => Fields }>([
    { endpoint: 'check', who: (user) => ({ user }) },
    { endpoint: 'check_s', who: (user) => ({ serial: user.toUpperCase() }) },
    { endpoint: 'simplecheck', who: (user) => ({ user }) },
    { endpoint: 'samlcheck', who: (user) => ({ user }) },
  ])('of $endpoint is the same to the byte, whatever its reason', async ({ endpoint, who }) => {
    const bodies = new Map<string, string[]>();
    for (const { why, user, pass } of REFUSED) {
      const { status, text } = await client.post(`/validate/${endpoint}`, { ...who(user), pass });
      const body = `${status} ${text}`;
      bodies.set(body, [...(bodies.get(body) ?? []), why]);
    }
    expect([...bodies.values()]).toEqual([REFUSED.map(({ why }) => why)]);
  });
});
