import type supertest from 'supertest';

import { EMPTY_PROFILE } from '@app/realms';

import { LOCAL_RESOLVER } from '../../../../test/support/domain/administrators-in-memory.js';
import {
  cookiesOf,
  GivenSessions,
  setCookieHeaders,
} from '../../../../test/support/application/given-sessions.js';

const CHALLENGE = 'Basic realm="LinOTP2 admin area", charset="UTF-8"';

describe('an old client', () => {
  let given: GivenSessions;
  afterEach(() => given.close());

  const start = async (env: Record<string, string> = {}) => {
    given = await GivenSessions.start({ TWINLOCK_OLD_CLIENTS: 'true', ...env });
    await given.administrators.add('eve', 'plain:evepw', EMPTY_PROFILE);
  };
  const get = (path: string, credentials = 'admin:Test123!') => {
    const request = given.client().get(path);
    return credentials === '' ? request : request.auth(...(credentials.split(':') as [string, string]));
  };
  const sessionValue = async (credentials?: string) => {
    const answer = await get('/admin/getsession', credentials).expect(200);
    return cookiesOf(answer).get('admin_session') ?? '';
  };
  const expectNoSession = async (request: supertest.Test) => {
    const answer = await request.expect(401);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.text).toContain('You have no valid session!');
  };

  it('gets a session value, and changes with it, also by GET', async () => {
    await start();
    const answer = await get('/admin/getsession').expect(200);
    expect(answer.body.result).toEqual({ status: true, value: true });
    expect(setCookieHeaders(answer)).toEqual([
      expect.stringMatching(/^admin_session=[0-9a-f]{64}; Max-Age=28800; HttpOnly; Path=\/; SameSite=Lax$/),
    ]);
    const value = cookiesOf(answer).get('admin_session') ?? '';
    const cookie = `admin_session=${value}`;
    await get(`/admin/show?session=${value}`).set('cookie', cookie).expect(200);
    await get(`/admin/init?session=${value}`).set('cookie', cookie).expect(200);
    const post = given.client().post('/admin/init').auth('admin', 'Test123!').set('cookie', cookie);
    await post.type('form').send({ session: value }).expect(200);
  });

  it('gets another value each time', async () => {
    await start();
    expect(await sessionValue()).not.toBe(await sessionValue());
  });

  it('is asked for a password when it has none, and before its body is read', async () => {
    await start();
    for (const request of [
      get('/admin/getsession', ''),
      get('/admin/show', ''),
      given.client().post('/admin/init').type('json').send('{broken'),
    ]) {
      const answer = await request.expect(401);
      expect(answer.headers['www-authenticate']).toBe(CHALLENGE);
      expect(answer.body.result.error).toEqual({ code: -311, message: 'Not authenticated' });
    }
  });

  it.each(['admin:wrong', 'nobody:Test123!', 'admin:'])('is not let in as %s', async (credentials) => {
    await start();
    const answer = await get('/admin/getsession', credentials).expect(401);
    expect(answer.headers['www-authenticate']).toBe(CHALLENGE);
    expect(answer.headers).not.toHaveProperty('set-cookie');
  });

  it('has to wait like everybody else', async () => {
    await start();
    given.throttle.verdict = { kind: 'throttled', retryAfterSeconds: 4 };
    const answer = await get('/admin/getsession').expect(401);
    expect(answer.headers['retry-after']).toBe('4');
  });

  it('does nothing without its password, whatever its session value', async () => {
    await start();
    const value = await sessionValue();
    await get(`/admin/show?session=${value}`, '').set('cookie', `admin_session=${value}`).expect(401);
  });

  it.each<[string, (value: string) => [query: string, cookie: string]]>([
    ['no session value', () => ['', '']],
    ['the cookie alone', (value) => ['', value]],
    ['the parameter alone', (value) => [value, '']],
    ['two different values', (value) => ['0'.repeat(64), value]],
    ['two equal values that nobody gave it', () => ['0'.repeat(64), '0'.repeat(64)]],
    ['a part of it', (value) => [value.slice(1), value.slice(1)]],
  ])('neither reads nor changes with %s', async (_case, make) => {
    await start();
    const [query, cookie] = make(await sessionValue());
    const cookies = cookie === '' ? '' : `admin_session=${cookie}`;
    await expectNoSession(get(`/admin/show?session=${query}`).set('cookie', cookies));
    await expectNoSession(get(`/admin/init?session=${query}`).set('cookie', cookies));
  });

  it('does nothing with the session value of another administrator', async () => {
    await start();
    const value = await sessionValue('eve:evepw');
    await expectNoSession(get(`/admin/show?session=${value}`).set('cookie', `admin_session=${value}`));
  });

  it('drops its session value', async () => {
    await start();
    const value = await sessionValue();
    const cookie = `admin_session=${value}`;
    const answer = await get('/admin/dropsession').set('cookie', cookie).expect(200);
    expect(cookiesOf(answer).get('admin_session')).toBe('');
    await expectNoSession(get(`/admin/show?session=${value}`).set('cookie', cookie));
  });

  it('needs no session value in an exempt network, but credentials all the same', async () => {
    await start({ TWINLOCK_NO_SESSION_CHECK: '127.0.0.0/8' });
    await get('/admin/show').expect(200);
    await get('/admin/init').expect(200);
    await get('/admin/show', '').expect(401);
    await get('/admin/init', 'admin:wrong').expect(401);
  });

  it('is exempt by the address of its connection, not by one that a header names', async () => {
    await start({ TWINLOCK_NO_SESSION_CHECK: '192.0.2.0/24', TWINLOCK_TRUSTED_PROXIES: '127.0.0.1' });
    await expectNoSession(get('/admin/show').set('x-forwarded-for', '192.0.2.7'));
  });

  it('is hashed once a minute, not at every call', async () => {
    await start({ TWINLOCK_NO_SESSION_CHECK: '127.0.0.0/8' });
    for (let call = 0; call < 5; call++) await get('/admin/show').expect(200);
    expect(given.passwords.checks).toBe(1);
    given.setTime(60);
    await get('/admin/show').expect(200);
    expect(given.passwords.checks).toBe(2);
  });

  it.each<[string, () => Promise<void>]>([
    ['is disabled', () => given.administrators.setEnabled('admin', false)],
    ['is removed', () => given.administrators.remove('admin')],
    [
      'gets another password',
      async () => {
        await given.administrators.setPassword('admin', 'plain:another');
        await given.administrators.setNotBefore('admin', new Date('2026-11-22T14:54:39Z'));
      },
    ],
  ])('is not remembered once its administrator %s', async (_case, change) => {
    await start({ TWINLOCK_NO_SESSION_CHECK: '127.0.0.0/8' });
    await get('/admin/show').expect(200);
    await change();
    await get('/admin/show').expect(401);
  });

  it('is not remembered once its resolver leaves the admin realm', async () => {
    await start({ TWINLOCK_NO_SESSION_CHECK: '127.0.0.0/8' });
    await get('/admin/show', 'anna:annapw').expect(200);
    given.configuration.pending = { version: 2, resolvers: [LOCAL_RESOLVER] };
    given.sessions.configurationVersion = 2;
    await get('/admin/show', 'anna:annapw').expect(401);
  });

  it('is who a trusted proxy says, and still needs its session value', async () => {
    await start({ TWINLOCK_TRUSTED_PROXIES: '127.0.0.1', TWINLOCK_PROXY_USER_HEADER: 'X-Remote-User' });
    const asserted = (path: string) => get(path, '').set('x-remote-user', 'anna');
    const value = cookiesOf(await asserted('/admin/getsession').expect(200)).get('admin_session') ?? '';
    await asserted(`/admin/show?session=${value}`).set('cookie', `admin_session=${value}`).expect(200);
    expect(given.trail.records.at(-1)?.administrator).toBe('anna@linotp_admins (staff)');
    await expectNoSession(asserted('/admin/show'));
    await get('/admin/getsession', '').set('x-remote-user', 'nobody').expect(401);
  });

  it('is nobody when somebody else names it', async () => {
    await start({ TWINLOCK_TRUSTED_PROXIES: '192.0.2.1', TWINLOCK_PROXY_USER_HEADER: 'X-Remote-User' });
    await get('/admin/getsession', '').set('x-remote-user', 'anna').expect(401);
  });

  describe('that is a browser with a session', () => {
    it('reads as ever, and changes with the CSRF token or the session value', async () => {
      await start();
      const { cookie, csrf } = await given.session();
      await given.client().get('/admin/show').set('cookie', cookie).expect(200);
      await given.client().post('/admin/init').set('cookie', cookie).set('x-csrf-token', csrf).expect(200);
      const answer = await given.client().get('/admin/getsession').set('cookie', cookie).expect(200);
      const value = cookiesOf(answer).get('admin_session') ?? '';
      const both = `${cookie}; admin_session=${value}`;
      await given.client().get(`/admin/init?session=${value}`).set('cookie', both).expect(200);
    });

    it('changes nothing without either, not even from an exempt network', async () => {
      await start({ TWINLOCK_NO_SESSION_CHECK: '127.0.0.0/8' });
      const { cookie } = await given.session();
      await given.client().get('/admin/init').set('cookie', cookie).expect(401);
      await given.client().post('/admin/init').set('cookie', cookie).expect(401);
    });

    it('changes nothing with the session value of another administrator', async () => {
      await start();
      const { cookie } = await given.session();
      const value = await sessionValue('eve:evepw');
      const both = `${cookie}; admin_session=${value}`;
      await given.client().get(`/admin/init?session=${value}`).set('cookie', both).expect(401);
    });
  });
});
