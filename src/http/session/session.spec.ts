import {
  cookiesOf,
  GivenSessions,
  setCookieHeaders,
} from '../../../test/support/application/given-sessions.js';
import { LOCAL_RESOLVER } from '../../../test/support/domain/administrators-in-memory.js';

const NOT_AUTHENTICATED = {
  result: { status: false, error: { code: -311, message: 'Not authenticated' } },
  id: 1,
};
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';

describe('the session of an administrator', () => {
  let given: GivenSessions;
  beforeEach(async () => {
    given = await GivenSessions.start();
  });
  afterEach(() => given.close());

  describe('at the login', () => {
    it('begins with two cookies that last as long as the token', async () => {
      const answer = await given.logIn().expect(200);
      expect(answer.body).toMatchObject({
        result: { status: true, value: true },
        detail: { message: 'Login successful for admin' },
      });
      const [token, csrf, ...others] = setCookieHeaders(answer);
      expect(token).toMatch(
        /^access_token_cookie=[\w-]+\.[\w-]+\.[\w-]+; Max-Age=1800; HttpOnly; Path=\/; SameSite=Lax$/,
      );
      expect(csrf).toMatch(new RegExp(`^csrf_access_token=${UUID}; Max-Age=1800; Path=/; SameSite=Lax$`));
      expect(others).toEqual([]);
    });

    it('bears the claims of LinOTP', async () => {
      const cookies = cookiesOf(await given.logIn());
      const [header = '', payload = ''] = (cookies.get('access_token_cookie') ?? '').split('.');
      const text = (part: string) => Buffer.from(part, 'base64url').toString();
      expect(text(header)).toBe('{"alg":"HS256","typ":"JWT"}');
      const claims = JSON.parse(text(payload));
      expect(Object.keys(claims)).toEqual(['fresh', 'iat', 'jti', 'type', 'sub', 'nbf', 'csrf', 'exp']);
      expect(claims).toEqual({
        fresh: false,
        iat: 1795359278,
        jti: expect.stringMatching(new RegExp(`^${UUID}$`)),
        type: 'access',
        sub: {
          username: 'admin',
          realm: 'linotp_admins',
          resolver: 'useridresolver.SQLIdResolver.IdResolver.LinOTP_local_admins',
        },
        nbf: 1795359278,
        csrf: cookies.get('csrf_access_token'),
        exp: 1795361078,
      });
    });

    it.each<[string, object]>([
      ['a wrong password', { username: 'admin', password: 'wrong' }],
      ['an unknown user', { username: 'nosuchadmin', password: 'x' }],
      ['no parameters', {}],
    ])('is refused for %s with one and the same answer', async (_case, form) => {
      const answer = await given.client().post('/admin/login').type('form').send(form).expect(401);
      expect(answer.body).toMatchObject({
        result: { status: true, value: false },
        id: 1,
        detail: { message: 'Bad username or password' },
      });
      expect(answer.headers).not.toHaveProperty('set-cookie');
      expect(answer.headers).not.toHaveProperty('www-authenticate');
    });

    it('takes JSON, and no GET', async () => {
      await given.client().post('/admin/login').send({ username: 'admin', password: 'Test123!' }).expect(200);
      const answer = await given.client().get('/admin/login?username=admin&password=Test123!').expect(405);
      expect(answer.headers['allow']).toBe('OPTIONS, POST');
    });

    it('tells who was throttled how long to wait, and nothing else', async () => {
      given.throttle.verdict = { kind: 'throttled', retryAfterSeconds: 8 };
      const answer = await given.logIn().expect(401);
      expect(answer.body).toMatchObject({
        result: { status: true, value: false },
        detail: { message: 'Bad username or password' },
      });
      expect(answer.headers['retry-after']).toBe('8');
      expect(answer.headers).not.toHaveProperty('set-cookie');
    });

    it('is recorded before it is answered', async () => {
      await given.logIn();
      await given.logIn('nosuchadmin');
      given.throttle.verdict = { kind: 'throttled', retryAfterSeconds: 8 };
      await given.logIn();
      const common = { action: 'admin/login', client: '127.0.0.1', realm: 'linotp_admins' };
      expect(given.trail.records).toEqual([
        {
          ...common,
          user: 'admin',
          succeeded: true,
          administrator: 'admin@linotp_admins (LinOTP_local_admins)',
        },
        { ...common, user: 'nosuchadmin', succeeded: false, administrator: '' },
        { ...common, user: 'admin', succeeded: false, administrator: '', info: 'throttled' },
      ]);
    });

    it('is not available while the administrators cannot be asked', async () => {
      given.administrators.isAway = true;
      const answer = await given.logIn().expect(503);
      expect(answer.headers).not.toHaveProperty('set-cookie');
    });
  });

  describe('in a request', () => {
    it('reads without a CSRF token, and changes with it', async () => {
      const { cookie, csrf } = await given.session();
      await given.client().get('/admin/show').set('cookie', cookie).expect(200);
      await given.client().post('/admin/init').set('cookie', cookie).set('x-csrf-token', csrf).expect(200);
      await given
        .client()
        .post('/admin/init')
        .set('cookie', cookie)
        .type('form')
        .send({ csrf_token: csrf })
        .expect(200);
      await given.client().post('/admin/init').set('cookie', cookie).field('csrf_token', csrf).expect(200);
    });

    it.each<[string, (csrf: string) => { path?: string; header?: string; form?: object; json?: object }]>([
      ['none', () => ({})],
      ['a wrong one', () => ({ header: '66666666-7777-4888-9999-aaaaaaaaaaaa' })],
      ['one in the query', (csrf) => ({ path: `/admin/init?csrf_token=${csrf}`, form: {} })],
      [
        'one in the query that a form repeats',
        (csrf) => ({ path: '/admin/init?csrf_token=x', form: { csrf_token: csrf } }),
      ],
      ['one in JSON', (csrf) => ({ json: { csrf_token: csrf } })],
      ['a wrong header before a right field', (csrf) => ({ header: 'x', form: { csrf_token: csrf } })],
      ['half of it', (csrf) => ({ header: csrf.slice(0, 18) })],
    ])('changes nothing with a CSRF token that is %s', async (_case, make) => {
      const { cookie, csrf } = await given.session();
      const { path = '/admin/init', header, form, json } = make(csrf);
      const request = given.client().post(path).set('cookie', cookie);
      if (header !== undefined) request.set('x-csrf-token', header);
      if (form) request.type('form').send(form);
      if (json) request.send(json);
      expect((await request.expect(401)).body).toMatchObject(NOT_AUTHENTICATED);
    });

    it('takes the field after an empty header', async () => {
      const { cookie, csrf } = await given.session();
      const request = given.client().post('/admin/init').set('cookie', cookie).set('x-csrf-token', '');
      await request.type('form').send({ csrf_token: csrf }).expect(200);
    });

    it('does not take the CSRF cookie of another session', async () => {
      const [mine, other] = [await given.session(), await given.session()];
      const cookie = mine.cookie.replace(mine.csrf, other.csrf);
      await given
        .client()
        .post('/admin/init')
        .set('cookie', cookie)
        .set('x-csrf-token', other.csrf)
        .expect(401);
    });

    it('is looked at before the body is', async () => {
      const answer = await given.client().post('/admin/init').type('json').send('{broken').expect(401);
      expect(answer.body).toMatchObject(NOT_AUTHENTICATED);
    });

    it.each<[string, Record<string, string>]>([
      ['no cookie', {}],
      ['a cookie that is no token', { cookie: 'access_token_cookie=x.y.z' }],
      ['an empty cookie', { cookie: 'access_token_cookie=' }],
      ['a password', { authorization: `Basic ${Buffer.from('admin:Test123!').toString('base64')}` }],
    ])('is refused for %s', async (_case, headers) => {
      const answer = await given.client().get('/admin/show').set(headers).expect(401);
      expect(answer.body).toMatchObject(NOT_AUTHENTICATED);
      expect(answer.headers).not.toHaveProperty('www-authenticate');
    });

    it('is refused as a bearer token, and with a changed signature', async () => {
      const token = cookiesOf(await given.logIn()).get('access_token_cookie') ?? '';
      await given.client().get('/admin/show').set('authorization', `Bearer ${token}`).expect(401);
      const changed = token.slice(0, -2) + (token.endsWith('AA') ? 'BB' : 'AA');
      await given.client().get('/admin/show').set('cookie', `access_token_cookie=${changed}`).expect(401);
    });

    it('is recorded with its administrator, and without one when refused', async () => {
      const { cookie } = await given.session('anna', 'annapw');
      given.trail.records.length = 0;
      await given.client().get('/admin/show').set('cookie', cookie).expect(200);
      await given.client().get('/admin/show').expect(401);
      expect(given.trail.records.map(({ administrator }) => administrator)).toEqual([
        'anna@linotp_admins (staff)',
        '',
      ]);
    });

    it('ends with its time', async () => {
      const { cookie } = await given.session();
      given.setTime(1799);
      await given.client().get('/admin/show').set('cookie', cookie).expect(200);
      given.setTime(1800);
      await given.client().get('/admin/show').set('cookie', cookie).expect(401);
    });

    it('is not good before its time', async () => {
      const { cookie } = await given.session();
      given.setTime(-1);
      await given.client().get('/admin/show').set('cookie', cookie).expect(401);
    });

    it.each<[string, () => Promise<void>]>([
      ['removed', () => given.administrators.remove('admin')],
      ['disabled', () => given.administrators.setEnabled('admin', false)],
      ['changed', () => given.administrators.setNotBefore('admin', new Date('2026-11-22T14:54:39Z'))],
    ])('ends when its administrator is %s', async (_case, change) => {
      const { cookie } = await given.session();
      await change();
      await given.client().get('/admin/show').set('cookie', cookie).expect(401);
    });

    it('begins anew in the second of the change', async () => {
      const notBefore = new Date('2026-11-22T14:54:39Z');
      await given.administrators.setNotBefore('admin', notBefore);
      const { cookie } = await given.session();
      await given.client().get('/admin/show').set('cookie', cookie).expect(200);
    });

    it('ends when its resolver leaves the admin realm, on whatever node', async () => {
      const { cookie } = await given.session('anna', 'annapw');
      await given.client().get('/admin/show').set('cookie', cookie).expect(200);
      given.configuration.pending = { version: 2, resolvers: [LOCAL_RESOLVER] };
      given.sessions.configurationVersion = 2;
      await given.client().get('/admin/show').set('cookie', cookie).expect(401);
    });

    it('has a database that is away for its own answer', async () => {
      const { cookie } = await given.session();
      given.administrators.isAway = true;
      await given.client().get('/admin/show').set('cookie', cookie).expect(503);
    });
  });

  describe('towards its end', () => {
    const renewed = async (cookie: string) =>
      cookiesOf(await given.client().get('/admin/show').set('cookie', cookie).expect(200));

    it('is renewed in its last five minutes, with another CSRF token', async () => {
      const { cookie, csrf } = await given.session();
      given.setTime(1499);
      expect((await renewed(cookie)).size).toBe(0);
      given.setTime(1500);
      const cookies = await renewed(cookie);
      const next = cookies.get('csrf_access_token') ?? '';
      expect(next).toMatch(new RegExp(`^${UUID}$`));
      expect(next).not.toBe(csrf);
      given.setTime(3000);
      const successor = `access_token_cookie=${cookies.get('access_token_cookie')}`;
      await given.client().post('/admin/init').set('cookie', successor).set('x-csrf-token', next).expect(200);
    });

    it('gets one successor for requests that come together, none of which fails', async () => {
      const { cookie } = await given.session();
      given.setTime(1600);
      const answers = await Promise.all([1, 2, 3, 4, 5].map(() => renewed(cookie)));
      expect(answers.filter(({ size }) => size > 0)).toHaveLength(1);
    });

    it('is not renewed by a logout', async () => {
      const { cookie, csrf } = await given.session();
      given.setTime(1600);
      const answer = await given
        .client()
        .post('/admin/logout')
        .set('cookie', cookie)
        .set('x-csrf-token', csrf)
        .expect(200);
      expect(setCookieHeaders(answer)).toHaveLength(4);
      expect([...cookiesOf(answer).values()]).toEqual(['', '', '', '']);
    });

    it('is not renewed for a user whom the directory has lost, and ends', async () => {
      const { cookie } = await given.session('anna', 'annapw');
      given.directory.remove('anna');
      given.setTime(1499);
      await renewed(cookie);
      given.setTime(1500);
      await given.client().get('/admin/show').set('cookie', cookie).expect(401);
    });

    it('lasts to its end while the directory is away', async () => {
      const { cookie } = await given.session('anna', 'annapw');
      given.directory.isAway = true;
      given.setTime(1700);
      expect((await renewed(cookie)).size).toBe(0);
    });
  });

  describe('at the logout', () => {
    it('ends for good', async () => {
      const { cookie, csrf } = await given.session();
      const answer = await given
        .client()
        .get('/admin/logout')
        .set('cookie', cookie)
        .set('x-csrf-token', csrf)
        .expect(200);
      expect(answer.body).toMatchObject({
        result: { status: true, value: true },
        detail: { message: 'Logout successful for admin@linotp_admins (LinOTP_local_admins)' },
      });
      expect(setCookieHeaders(answer)).toEqual([
        'access_token_cookie=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Path=/; SameSite=Lax',
        'csrf_access_token=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; SameSite=Lax',
        'refresh_token_cookie=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Path=/; SameSite=Lax',
        'csrf_refresh_token=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; SameSite=Lax',
      ]);
      await given.client().get('/admin/show').set('cookie', cookie).expect(401);
      expect(given.trail.records.at(-2)).toEqual({
        action: 'admin/logout',
        client: '127.0.0.1',
        user: 'admin',
        realm: 'linotp_admins',
        administrator: 'admin@linotp_admins (LinOTP_local_admins)',
        succeeded: true,
      });
    });

    it('ends this session and no other one', async () => {
      const [mine, other] = [await given.session(), await given.session()];
      await given
        .client()
        .post('/admin/logout')
        .set('cookie', mine.cookie)
        .set('x-csrf-token', mine.csrf)
        .expect(200);
      await given.client().get('/admin/show').set('cookie', other.cookie).expect(200);
    });

    it.each(['get', 'post'] as const)('is not brought about by another site (%s)', async (method) => {
      const { cookie } = await given.session();
      await given.client()[method]('/admin/logout').set('cookie', cookie).expect(401);
      await given.client().get('/admin/show').set('cookie', cookie).expect(200);
    });
  });

  it('knows nothing of old clients', async () => {
    const { cookie } = await given.session();
    await given.client().get('/admin/getsession').set('cookie', cookie).expect(404);
    await given.client().get('/admin/init').set('cookie', cookie).expect(405);
  });
});

describe('the cookies of a session', () => {
  it.each<[string, Record<string, string>, Record<string, string>, RegExp]>([
    [
      'are secure behind a trusted proxy that speaks TLS',
      { TWINLOCK_TRUSTED_PROXIES: '127.0.0.1' },
      { 'x-forwarded-proto': 'https' },
      /; Secure;/,
    ],
    ['are not secure for anybody who says so', {}, { 'x-forwarded-proto': 'https' }, /^(?!.*Secure)/],
    ['are secure where the installation says so', { SESSION_COOKIE_SECURE: 'true' }, {}, /; Secure;/],
    [
      'end with the browser where the installation says so',
      { JWT_SESSION_COOKIE: 'true' },
      {},
      /^(?!.*(Max-Age|Expires))/,
    ],
    ['last as long as the installation says', { JWT_ACCESS_TOKEN_EXPIRES: '600' }, {}, /; Max-Age=600;/],
  ])('%s', async (_case, env, headers, expected) => {
    const given = await GivenSessions.start(env);
    const cookies = setCookieHeaders(await given.logIn().set(headers).expect(200));
    await given.close();
    expect(cookies).toEqual([expect.stringMatching(expected), expect.stringMatching(expected)]);
  });

  it('are not renewed where the installation says so, nor is the field of a form taken', async () => {
    const given = await GivenSessions.start({ JWT_ACCESS_TOKEN_REFRESH: '0', JWT_CSRF_CHECK_FORM: 'false' });
    const { cookie, csrf } = await given.session();
    given.setTime(1799);
    const answer = await given.client().get('/admin/show').set('cookie', cookie).expect(200);
    expect(setCookieHeaders(answer)).toEqual([]);
    await given
      .client()
      .post('/admin/init')
      .set('cookie', cookie)
      .type('form')
      .send({ csrf_token: csrf })
      .expect(401);
    await given.client().post('/admin/init').set('cookie', cookie).set('x-csrf-token', csrf).expect(200);
    await given.close();
  });
});
