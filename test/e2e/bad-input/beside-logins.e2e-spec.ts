import { setInterval as every } from 'node:timers/promises';

import { enrol, givenUsers } from '../../faults/given-users.js';
import { LoginClient } from '../../faults/login-client.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { hotpAt } from '../../support/clients/otp.js';

const START_WITHIN_MS = 60_000;
const WITHIN_MS = 120_000;
const EVERY_MS = 10;
const BROKEN = 300;
const USERS = ['anna', 'bernd', 'carla', 'dirk'] as const;
const ENDPOINTS = ['check', 'check_s', 'simplecheck'] as const;
/** Below and above what a multipart request may hold; a text in it may hold less. */
const MEGABYTE = 'x'.repeat(1_000_000);
const MORE = 'x'.repeat(1_100_000);

/** Requests with a user of a NUL and of a megabyte, a hundred a second, while others log in. */
describe('users of a NUL and of a megabyte', () => {
  let running: RunningApplication;
  let admin: AdminAgent;
  let honest: LoginClient;

  beforeAll(async () => {
    running = await startApplication();
    admin = await adminAgent(running.url, running.installation);
    honest = new LoginClient(running.url);
    await givenUsers(admin, running.installation, USERS);
    for (const user of USERS) await enrol(admin, user.toUpperCase(), { user, pin: 'pin1' });
  }, START_WITHIN_MS);

  afterAll(async () => {
    honest?.close();
    await running?.stop();
  }, START_WITHIN_MS);

  const send = async (body: string | URLSearchParams | FormData, headers: Record<string, string> = {}) => {
    try {
      const response = await fetch(`${running.url}/validate/check`, { method: 'POST', body, headers });
      return { status: response.status, text: await response.text() };
    } catch {
      // What is longer than it may be is not read to its end: the connection breaks while it is sent.
      return { status: 413, text: '' };
    }
  };
  const form = (user: string) => send(new URLSearchParams({ user, pass: 'x' }));
  const multipart = (user: string) => {
    const parts = new FormData();
    parts.set('user', user);
    parts.set('pass', 'x');
    return send(parts);
  };
  const json = (user: string) =>
    send(JSON.stringify({ user, pass: 'x' }), { 'content-type': 'application/json' });

  const KINDS = [
    { what: 'a NUL', status: 200, send: () => form('an\0na') },
    { what: 'nothing but NULs', status: 200, send: () => form('\0'.repeat(2_000)) },
    { what: 'a NUL in JSON', status: 200, send: () => json('\0anna') },
    { what: 'a megabyte in parts', status: 413, send: () => multipart(MEGABYTE) },
    { what: 'NULs in parts', status: 200, send: () => multipart('\0'.repeat(60_000)) },
    { what: 'a megabyte', status: 413, send: () => form(MEGABYTE) },
    { what: 'a megabyte in JSON', status: 413, send: () => json(MEGABYTE) },
    { what: 'more than a megabyte in parts', status: 413, send: () => multipart(MORE) },
  ];

  it(
    'cost nobody else their login',
    async () => {
      let isOver = false;
      const logins = Promise.all(USERS.map((user) => logInUntil(user, () => isOver)));
      const answers: Promise<{ what: string; status: number | string; isYes: boolean }>[] = [];
      for await (const _ of every(EVERY_MS)) {
        const kind = KINDS[answers.length % KINDS.length];
        if (!kind || answers.length === BROKEN) break;
        const { what, status } = kind;
        answers.push(
          kind.send().then((answer) => ({
            what,
            status: answer.status === status ? 'as expected' : answer.status,
            isYes: /"value":\s*true/.test(answer.text),
          })),
        );
      }
      for (const answer of await Promise.all(answers)) {
        expect(answer).toEqual({ what: answer.what, status: 'as expected', isYes: false });
      }
      isOver = true;
      for (const { sent, refused } of await logins) {
        expect(refused).toEqual([]);
        expect(sent).toBeGreaterThan(0);
      }
    },
    WITHIN_MS,
  );

  /** One right login after the other. */
  async function logInUntil(user: string, isOver: () => boolean) {
    const refused: string[] = [];
    let sent = 0;
    while (!isOver()) {
      const endpoint = ENDPOINTS[sent % ENDPOINTS.length] ?? 'check';
      const who: Fields = endpoint === 'check_s' ? { serial: user.toUpperCase() } : { user };
      const { status, text, isAccepted } = await honest.post(`/validate/${endpoint}`, {
        ...who,
        pass: `pin1${hotpAt(sent)}`,
      });
      if (!isAccepted) refused.push(`${endpoint}: ${status} ${text}`);
      sent++;
    }
    return { sent, refused };
  }
});
