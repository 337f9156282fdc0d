import { GivenShell } from '../../../test/support/application/given-shell.js';

describe('the HTTP shell', () => {
  let shell: GivenShell;
  beforeAll(async () => {
    shell = await GivenShell.start();
  });
  afterAll(() => shell.close());
  beforeEach(() => shell.reset());

  describe('answers', () => {
    it('with the envelope, byte by byte', async () => {
      const { text, headers } = await shell
        .anyone()
        .post('/validate/check')
        .type('form')
        .send({ pass: 'good' })
        .expect(200);
      expect(text).toBe(
        '{\n   "jsonrpc": "2.0802",\n   "result": {\n      "status": true,\n      "value": true\n   },\n   "version": "LinOTP 3.4.4",\n   "versionNumber": "3.4.4",\n   "id": 0\n}',
      );
      expect(headers['content-type']).toBe('application/json');
      expect(headers['content-length']).toBe(String(text.length));
    });

    it.each([
      ['an envelope', '/validate/check', 200],
      ['an unknown path', '/nosuch', 404],
      ['an answer with headers of its own', '/admin/csv', 200],
      ['a refusal', '/validate/check/', 404],
    ])('with security headers: %s', async (_what, path, status) => {
      const { headers } = await shell.admin().get(path).expect(status);
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
        'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      });
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('etag');
      expect(headers).not.toHaveProperty('strict-transport-security');
    });

    it('with HSTS when the trusted proxy says that it came by TLS', async () => {
      const { headers } = await shell.anyone().get('/validate/check').set('x-forwarded-proto', 'https');
      expect(headers['strict-transport-security']).toContain('max-age=');
    });

    it('with a request id of its own making', async () => {
      const { headers } = await shell.anyone().get('/validate/check').set('x-request-id', 'mine');
      expect(headers['x-request-id']).not.toBe('mine');
    });

    it('with text in its own type', async () => {
      const { headers, body } = await shell.admin().get('/admin/csv').responseType('blob').expect(200);
      expect(headers['content-type']).toBe('application/force-download');
      expect(headers['content-disposition']).toBe('attachment; filename=linotp-tokendata.csv');
      expect(headers['content-length']).toBe('7');
      expect(body.toString()).toBe("'ä'; \n");
    });

    it('with the cookies of a handler', async () => {
      const { headers } = await shell.admin().post('/admin/init').expect(200);
      expect(headers['set-cookie']).toEqual(['a=1', 'b=2']);
    });

    it('with a status of its own', async () => {
      const { body } = await shell.anyone().post('/admin/login').expect(401);
      expect(body).toMatchObject({
        result: { status: true, value: false },
        detail: { message: expect.any(String) },
      });
    });
  });

  describe('session and CSRF', () => {
    it('let nobody in without a session', async () => {
      const { text } = await shell
        .anyone()
        .get('/admin/show')
        .expect(401)
        .expect('content-type', 'application/json');
      expect(text).toBe(
        '{\n   "jsonrpc": "2.0802",\n   "result": {\n      "status": false,\n      "error": {\n         "code": -311,\n         "message": "Not authenticated"\n      }\n   },\n   "version": "LinOTP 3.4.4",\n   "versionNumber": "3.4.4",\n   "id": 1\n}',
      );
      expect(shell.trail.records).toMatchObject([
        {
          context: { action: 'admin/show', client: '127.0.0.1', administrator: '' },
          facts: { succeeded: false },
        },
      ]);
    });

    it('ask for the CSRF token of every POST, in the header or the form', async () => {
      await shell.loggedIn().post('/admin/init').expect(401);
      await shell.loggedIn().post('/admin/show').expect(401);
      await shell.loggedIn().post('/admin/init').type('form').send('csrf_token=good').expect(200);
      await shell.loggedIn().post('/admin/init').set('x-csrf-token', 'good').expect(200);
    });

    it('ask nothing of GET and of public functions', async () => {
      await shell.loggedIn().get('/admin/show').expect(200);
      await shell.loggedIn().head('/admin/show').expect(200);
      await shell
        .anyone()
        .post('/admin/login')
        .expect(401, /Bad username/);
    });
  });

  describe('old clients', () => {
    let old: GivenShell;
    beforeAll(async () => {
      old = await GivenShell.start(true);
    });
    afterAll(() => old.close());

    it('may change things with GET, which asks for the same proof as POST', async () => {
      await old.anyone().get('/admin/init').expect(401);
      await old.loggedIn().get('/admin/init').expect(401);
      await old.loggedIn().get('/admin/init?csrf_token=good').expect(200);
      await old.loggedIn().head('/admin/init').expect(405).expect('allow', 'GET, OPTIONS, POST');
    });
  });

  describe('errors', () => {
    it.each([
      ['missing', 905, "ERR905: Missing parameter: 'serial'", 1],
      ['unknown', 1102, 'ERR1102: No token with serial NOSUCH found', 1],
      ['bare', -311, 'bare', 0],
    ])('are envelopes with HTTP 200: %s', async (what, code, message, id) => {
      const { body } = await shell.admin().get('/admin/fail').query({ with: what }).expect(200);
      expect(body).toMatchObject({ result: { status: false, error: { code, message } }, id });
    });

    it('keep a status that was forced', async () => {
      await shell
        .admin()
        .get('/admin/fail?with=notFound')
        .expect(404)
        .expect('content-type', 'application/json');
    });

    it('say when the service is away', async () => {
      const { body } = await shell.admin().get('/admin/fail?with=away').expect(503);
      expect(body.result.error).toEqual({ code: -311, message: expect.stringContaining('not available') });
    });

    it('tell nothing of a bug but how to find it', async () => {
      const { body, headers } = await shell.admin().get('/admin/fail?with=bug').expect(200);
      expect(body.result.error).toEqual({
        code: -311,
        message: `An internal error occurred. Request id: ${headers['x-request-id']}`,
      });
    });

    it.each<[query: string, ids: string[] | null, status: number]>([
      ['', null, 200],
      ['httperror=444', null, 444],
      ['httperror=', null, 500],
      ['httperror=x', null, 500],
      ['httperror=200', null, 500],
      ['httperror=0', null, 500],
      ['httperror=444', ['233', '567', '1112'], 444],
      ['httperror=444', ['233', ' 1112'], 444],
      ['httperror=444', ['233', '567'], 200],
      ['httperror=', ['233', '567'], 200],
    ])('with %j and the list %j are HTTP %j', async (query, ids, status) => {
      shell.configuration.httpErrorIds = ids;
      const { text } = await shell.admin().get(`/admin/fail?with=unresolved&${query}`).expect(status);
      if (status !== 200)
        expect(text).toContain('[LinOTP 3.4.4] 1112: ERR1112: getUserResolverId failed: &lt;b&gt;');
    });

    it('take httperror from the JSON body, if there is one', async () => {
      await shell.admin().post('/admin/fail').send({ with: 'missing', httperror: 404 }).expect(404);
      await shell.admin().post('/admin/fail?httperror=404').send({ with: 'missing' }).expect(200);
      await shell.admin().post('/admin/fail').send({ with: 'missing', httperror: [] }).expect(500);
      await shell.admin().post('/admin/fail').send({ with: 'missing', httperror: null }).expect(200);
      await shell.admin().post('/admin/fail').type('form').send('with=missing&httperror=404').expect(404);
    });

    it('keep a forced status over httperror, but not the envelope', async () => {
      const { text } = await shell.anyone().get('/admin/show?httperror=444').expect(401);
      expect(text).toContain('<h1>444 444 LinOTP Error</h1>\n[LinOTP 3.4.4] -311: Not authenticated\n');
      await shell
        .admin()
        .get('/admin/fail?with=notFound&httperror=444')
        .expect(404, /444 444/);
    });

    it('leave success as it is', async () => {
      await shell.admin().get('/admin/show?httperror=444').expect(200);
    });
  });

  describe('the record', () => {
    it('of a reading function holds what it noted, before the answer', async () => {
      await shell.admin().get('/admin/show').set('x-forwarded-for', '2001:db8::7').expect(200);
      expect(shell.trail.records).toEqual([
        {
          context: {
            action: 'admin/show',
            client: '2001:db8::7',
            administrator: 'admin@admins (local)',
            user: '',
            realm: '',
          },
          facts: { succeeded: true, info: 'shown' },
        },
      ]);
    });

    it('says "not successful" where nothing was noted', async () => {
      await shell.admin().get('/api/v2/tokens/').expect(200);
      expect(shell.trail.records).toMatchObject([
        { context: { action: 'api/v2/tokens/' }, facts: { succeeded: false } },
      ]);
    });

    it('is not written twice, and not for functions without one', async () => {
      await shell.admin().post('/admin/init').expect(200);
      await shell.anyone().get('/validate/silent').expect(200);
      expect(shell.trail.records).toEqual([]);
    });

    it('of a failure says why, whatever was noted before', async () => {
      await shell.admin().get('/admin/fail?with=missing').expect(200);
      expect(shell.trail.records).toMatchObject([
        { facts: { succeeded: false, serial: 'S1', info: "ERR905: Missing parameter: 'serial'" } },
      ]);
    });

    it('of a bug says nothing of it', async () => {
      await shell.admin().get('/admin/fail?with=bug').expect(200);
      expect(JSON.stringify(shell.trail.records)).not.toContain('geheim1');
    });

    it('is part of every answer: without it there is none', async () => {
      shell.trail.isAway = true;
      for (const path of ['/admin/show', '/admin/fail?with=missing', '/validate/check?pass=good']) {
        const { body } = await shell.admin().get(path).expect(503);
        expect(body.result).toMatchObject({ status: false, error: { code: -311 } });
      }
      await shell.anyone().get('/admin/show').expect(503);
    });
  });
});
