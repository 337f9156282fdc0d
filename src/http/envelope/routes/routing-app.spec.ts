import {
  FakeAdmin,
  FakeTokens,
  GivenShell,
  type Verb,
} from '../../../../test/support/application/given-shell.js';
import { legacyRoutes } from './legacy-route.js';

const NOT_FOUND =
  '<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.</p>\n';
const WRONG_METHOD =
  '<!doctype html>\n<html lang=en>\n<title>405 Method Not Allowed</title>\n<h1>Method Not Allowed</h1>\n<p>The method is not allowed for the requested URL.</p>\n';

describe('routing', () => {
  let shell: GivenShell;
  beforeAll(async () => {
    shell = await GivenShell.start();
  });
  afterAll(() => shell.close());
  beforeEach(() => shell.reset());

  it.each<[Verb, string]>([
    ['get', '/nosuch/thing'],
    ['post', '/admin/nosuch'],
    ['get', '/admin'],
    ['get', '/admin/'],
    ['get', '/admin/show/'],
    ['get', '/Admin/show'],
    ['get', '/admin/SHOW'],
    ['get', '/api/v2/tokens/T1/'],
    ['options', '/nosuch'],
  ])('knows no %s %s', async (method, path) => {
    const { text } = await shell
      .send(method, path)
      .expect(404)
      .expect('content-type', 'text/html; charset=utf-8');
    expect(text).toBe(NOT_FOUND);
  });

  it.each<[Verb, string, string]>([
    ['get', '/admin/init', 'OPTIONS, POST'],
    ['get', '/admin/login', 'OPTIONS, POST'],
    ['head', '/admin/init', 'OPTIONS, POST'],
    ['put', '/admin/show', 'GET, HEAD, OPTIONS, POST'],
    ['delete', '/validate/check', 'GET, HEAD, OPTIONS, POST'],
    ['post', '/api/v2/tokens/', 'GET, HEAD, OPTIONS'],
    ['post', '/api/v2/tokens/T1', 'GET, HEAD, OPTIONS'],
  ])('does not let %s %s happen', async (method, path, allow) => {
    const { text } = await shell.send(method, path).expect(405).expect('allow', allow);
    expect(text ?? '').toBe(method === 'head' ? '' : WRONG_METHOD);
  });

  it('sends collections to their slash, with the query', async () => {
    const { text } = await shell
      .anyone()
      .get('/api/v2/tokens?page=1&x=%3Cb%3E&y=a"b')
      .expect(308)
      .expect('location', '/api/v2/tokens/?page=1&x=%3Cb%3E&y=a%22b');
    expect(text).toContain('<a href="/api/v2/tokens/?page=1&amp;x=%3Cb%3E&amp;y=a%22b">');
  });

  it('serves collections and their members', async () => {
    await shell.admin().get('/api/v2/tokens/').expect(200);
    expect((await shell.admin().get('/api/v2/tokens/T%2F1').expect(200)).body.result.value).toBe('T/1');
  });

  it('answers OPTIONS by itself where no login is needed', async () => {
    const { text } = await shell
      .anyone()
      .options('/validate/check')
      .expect(200)
      .expect('allow', 'GET, HEAD, OPTIONS, POST');
    expect(text).toBe('');
    await shell.anyone().options('/admin/login').expect(200).expect('allow', 'OPTIONS, POST');
  });

  it('answers OPTIONS with 401 where one is, whoever asks', async () => {
    const { body } = await shell.admin().options('/admin/show').expect(401);
    expect(body.result.error).toEqual({ code: -311, message: 'Not authenticated' });
  });

  it('answers HEAD like GET, without the body', async () => {
    const { headers, text } = await shell.anyone().head('/validate/check?pass=good').expect(200);
    const get = await shell.anyone().get('/validate/check?pass=good').expect(200);
    expect(text ?? '').toBe('');
    expect(headers['content-length']).toBe(get.headers['content-length']);
  });

  it('takes 404, 405 and 308 as no matter for the record or the session', async () => {
    await shell.anyone().get('/admin/show/').expect(404);
    await shell.anyone().get('/admin/init').expect(405);
    await shell.anyone().get('/api/v2/tokens').expect(308);
    expect(shell.trail.records).toEqual([]);
    expect(shell.session.parametersWereRead).toEqual([]);
  });

  it.each([
    ['a path that cannot be decoded', 'GET /api/v2/tokens/%ff%zz HTTP/1.1', 400],
    ['broken percent-encoding in the query', 'GET /validate/check?pass=%zz&%=% HTTP/1.1', 200],
    ['raw bytes in the query', 'GET /validate/check?pass=\xff\xfe HTTP/1.1', 400],
    ['the absolute form', 'GET http://elsewhere/validate/check?pass=x HTTP/1.1', 200],
    ['an asterisk', 'OPTIONS * HTTP/1.1', 404],
    ['two slashes', 'GET //validate/check HTTP/1.1', 404],
    ['a method of another protocol', 'PROPFIND /validate/check HTTP/1.1', 405],
  ])('survives %s', async (_what, line, status) => {
    const answer = await shell.raw(`${line}\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it.each([
    ['thousands of headers', 'X-A: 1\r\n'.repeat(1900)],
    ['thousands of hops', 'X-Forwarded-For: 127.0.0.1, unknown\r\n'.repeat(300)],
    ['too much of a header', `X-A: ${'a'.repeat(40_000)}\r\n`],
    ['nonsense hops', 'X-Forwarded-For: ,,,[::1,%%%,1.2.3.4.5\r\n'],
    ['nonsense types', 'Content-Type: ;;;/multipart\r\nX-Forwarded-Proto: \xff\r\n'],
  ])('never fails itself over %s', async (_what, headers) => {
    const answer = await shell.raw(
      `GET /validate/check HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 (200|431) /);
  });

  it('lists its routes for the description of the API', () => {
    expect(legacyRoutes(FakeTokens).map(({ path, methods }) => [path, methods.join()])).toEqual([
      ['/api/v2/tokens/', 'GET,HEAD,OPTIONS'],
      ['/api/v2/tokens/:serial', 'GET,HEAD,OPTIONS'],
    ]);
    expect(legacyRoutes(FakeAdmin)[0]).toMatchObject({
      path: '/admin/show',
      handler: 'show',
      route: { summary: 'Lists.', parameters: [{ name: 'serial', description: 'which' }] },
    });
    expect(
      legacyRoutes(
        class {
          readonly routes = [];
        },
      ),
    ).toEqual([]);
  });
});
