import { GivenShell } from '../../../../test/support/application/given-shell.js';

describe('parameters', () => {
  let shell: GivenShell;
  beforeAll(async () => {
    shell = await GivenShell.start();
  });
  afterAll(() => shell.close());
  beforeEach(() => shell.reset());

  it('come from query and form, and the query wins', async () => {
    const request = shell
      .admin()
      .post('/admin/show?a=1&b=2')
      .type('form')
      .send('b=3&c[]=x&c[]=y&user=j%C3%BCrgen');
    expect(await shell.seen(request)).toEqual({ a: '1', b: '2', c: ['x', 'y'], user: 'jürgen' });
  });

  it('come from JSON alone, with their types', async () => {
    const request = shell
      .admin()
      .post('/admin/show?a=1&httperror=404')
      .send({ b: 3, c: true, d: null, e: ['x'] });
    expect(await shell.seen(request)).toEqual({ b: 3, c: true, d: null, e: ['x'] });
  });

  it('come from the types that end in +json too', async () => {
    const request = shell
      .admin()
      .post('/admin/show?a=1')
      .set('content-type', 'application/vnd.x+json; charset=utf-8');
    expect(await shell.seen(request.send('{"__proto__": {"x": 1}, "b": "2"}'))).toMatchObject({ b: '2' });
  });

  it('come from multipart, and so do files', async () => {
    const { body } = await shell
      .admin()
      .post('/admin/show?a=1')
      .field({ a: 'no', b: 'ü', 'c[]': 'x' })
      .attach('file', Buffer.from('content'), 'tökens.csv')
      .attach('file', Buffer.from('second'), 'second.csv')
      .expect(200);
    expect(body.result.value).toEqual({ a: '1', b: 'ü', c: ['x'] });
    expect(body.detail).toEqual({ file: ['tökens.csv', 'content'] });
  });

  it('come from the query alone where GET has a form', async () => {
    expect(await shell.seen(shell.admin().get('/admin/show?a=1').type('form').send('b=2'))).toEqual({
      a: '1',
    });
  });

  it('may be missing, with or without a content type', async () => {
    expect(await shell.seen(shell.admin().post('/admin/show'))).toEqual({});
    expect(await shell.seen(shell.admin().post('/admin/show?a=1').type('text/plain').send('b=2'))).toEqual({
      a: '1',
    });
  });

  it.each([['[1]'], ['null'], ['"x"'], ['7']])('are not read from the JSON value %s', async (json) => {
    const { body } = await shell.admin().post('/admin/show').type('json').send(json).expect(200);
    expect(body.result).toEqual({
      status: false,
      error: { code: -311, message: 'the JSON body of a request must be an object' },
    });
  });

  it.each([
    ['broken JSON', 'application/json', '{"a":'],
    ['empty JSON', 'application/json', ''],
    ['multipart without a boundary', 'multipart/form-data', 'x'],
    [
      'multipart that ends early',
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1',
    ],
    [
      'multipart with a broken file',
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n1',
    ],
    ['multipart that is none', 'multipart/form-data; boundary=x', 'a=1'],
  ])('are refused as %s', async (_what, type, content) => {
    const { text } = await shell
      .admin()
      .post('/admin/show')
      .set('content-type', type)
      .send(content)
      .expect(400);
    expect(text).toContain('<title>400 Bad Request</title>');
    expect(shell.trail.records).toMatchObject([{ facts: { succeeded: false } }]);
  });

  it.each([
    ['a form', 'application/x-www-form-urlencoded', 64 * 1024],
    ['JSON', 'application/json', 64 * 1024],
  ])('are refused when %s is too large', async (_what, type, limit) => {
    const full = type.endsWith('json') ? `{"a":"${'x'.repeat(limit - 8)}"}` : `a=${'x'.repeat(limit - 2)}`;
    await shell.admin().post('/admin/show').set('content-type', type).send(full).expect(200);
    const { text } = await shell
      .admin()
      .post('/admin/show')
      .set('content-type', type)
      .send(`${full} `)
      .expect(413);
    expect(text).toContain('<h1>Request Entity Too Large</h1>');
  });

  it('are refused when multipart is too large or has too many parts', async () => {
    const fields = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}`, 'x']));
    expect(Object.keys(await shell.seen(shell.admin().post('/admin/show').field(fields(100))))).toHaveLength(
      100,
    );
    await shell.admin().post('/admin/show').field(fields(101)).expect(413);
    await shell
      .admin()
      .post('/admin/show')
      .field({ a: 'x'.repeat(64 * 1024) })
      .expect(200);
    await shell
      .admin()
      .post('/admin/show')
      .field({ a: 'x'.repeat(64 * 1024 + 1) })
      .expect(413);
    await shell
      .admin()
      .post('/admin/show')
      .attach('file', Buffer.alloc(1024 * 1024), 'big')
      .expect(413);
  });

  it('are refused unread when the body says that it is huge', async () => {
    const answer = await shell.raw(
      'POST /validate/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99999999\r\n\r\na=1',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('onnection: close');
  });

  it('are not read before the session has been checked', async () => {
    await shell.anyone().post('/admin/show').type('json').send('{"broken').expect(401);
    await shell
      .anyone()
      .post('/admin/show')
      .type('form')
      .send(`a=${'x'.repeat(100_000)}`)
      .expect(401);
    expect(shell.session.parametersWereRead).toEqual([false, false]);
  });

  it('leave no answer and no record behind when the client goes away', async () => {
    const answer = await shell.raw(
      'POST /validate/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\na=1',
    );
    expect(answer).toMatch(/^$|^HTTP\/1\.1 400 /);
    await shell.anyone().get('/validate/silent').expect(200);
    expect(shell.trail.records).toEqual([]);
  });
});
