import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';

import { Controller, Get, type INestApplication, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import supertest from 'supertest';

import { Networks } from '../../config/networks.js';
import { Envelopes, EnvelopeVersion } from '../envelope/envelope.js';
import {
  type DescribedRoute,
  type LegacyRouteOptions,
  defineRoute,
} from '../envelope/routes/legacy-route.js';
import { LeanAdapter } from './lean-adapter.js';
import { LoginDoor } from './login-door.js';
import { RawReply } from './raw-reply.js';

@Controller()
class PlainController {
  @Get('served')
  served() {
    return 'served';
  }
}

@Module({ controllers: [PlainController] })
class PlainModule {}

const described = (
  path: string,
  options: Pick<LegacyRouteOptions, 'isLogin' | 'failure'>,
): DescribedRoute => ({
  path,
  methods: ['GET', 'POST'],
  handler: '',
  route: defineRoute(() => undefined, 'reads', path, { public: true, ...options }),
});
const ROUTES = [
  described('/login', { isLogin: true }),
  described('/simple', { isLogin: true, failure: new RawReply(':-(', 'text/plain') }),
  described('/served', {}),
];

describe('LoginDoor', () => {
  let app: INestApplication;
  let isFull = true;
  let errorIds: readonly string[] | null = null;
  let turnedAway: string[] = [];

  beforeAll(async () => {
    const adapter = new LeanAdapter(Networks.parse(['127.0.0.1']));
    const testing = await Test.createTestingModule({ imports: [PlainModule] }).compile();
    app = testing.createNestApplication(adapter, { bodyParser: false, logger: false });
    adapter.door = new LoginDoor({
      routes: ROUTES,
      isTooFull: () => isFull,
      envelopes: new Envelopes(new EnvelopeVersion('LinOTP 3.4.4', '3.4.4')),
      errorIds: () => errorIds,
      turnedAway: (route) => turnedAway.push(route),
    });
    await app.listen(0, '127.0.0.1');
  });
  afterAll(() => app.close());

  beforeEach(() => {
    isFull = true;
    errorIds = null;
    turnedAway = [];
  });

  const http = () => supertest(app.getHttpServer());

  /**
   * @param pieces of one connection; each is sent when so many answers as the one before says have come
   * @returns all that was answered
   */
  async function sentInPieces(
    pieces: readonly (readonly [text: string, answers: number])[],
  ): Promise<string> {
    const { port } = app.getHttpServer().address() as AddressInfo;
    const wire = connect(port, '127.0.0.1');
    let received = '';
    wire.on('data', (chunk) => (received += String(chunk)));
    const gone = once(wire, 'close');
    for (const [text, answers] of pieces) {
      wire.write(text);
      while (!wire.closed && statusesIn(received).length < answers) {
        await Promise.race([once(wire, 'data'), gone]);
      }
    }
    wire.destroy();
    return received;
  }

  it('leaves a connection in step: each request has its answer in turn, and no body is taken for a request', async () => {
    const hidden = 'GET /served?from-a-body HTTP/1.1\r\nHost: x\r\n\r\n';
    const head = 'POST /login HTTP/1.1\r\nHost: x\r\n';
    const chunk = `${hidden.length.toString(16)}\r\n${hidden}\r\n`;
    // The first two are answered before their bodies are there.
    const received = await sentInPieces([
      [`${head}Content-Length: ${3 * hidden.length}\r\n\r\n${hidden}`, 1],
      [`${hidden}${hidden}${head}Transfer-Encoding: chunked\r\n\r\n${chunk}`, 2],
      [`${chunk}0\r\n\r\n${head}Content-Length: 0\r\n\r\nGET /served HTTP/1.1\r\nHost: x\r\n\r\n`, 4],
    ]);
    expect(statusesIn(received)).toEqual(['503', '503', '503', '200']);
    expect(new Set(received.match(/^x-request-id: [\w-]{36}\r$/gim)).size).toBe(4);
  });

  it('answers with what every answer has, and when to come again', async () => {
    const served = await http().get('/served').expect(200, 'served');
    const { headers, text } = await http().get('/login').expect(503);
    expect(headers).toMatchObject({
      'retry-after': '1',
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
    });
    expect(Object.keys(headers)).toEqual(expect.arrayContaining(Object.keys(served.headers)));
    expect(JSON.parse(text)).toMatchObject({ result: { status: false, error: { code: -311 } }, id: 1 });
  });

  it('keeps browsers to TLS where the login came by it', async () => {
    const secure = await http().post('/login').set('X-Forwarded-Proto', 'https').expect(503);
    expect(secure.headers).toHaveProperty('strict-transport-security');
    const plain = await http().post('/login').expect(503);
    expect(plain.headers).not.toHaveProperty('strict-transport-security');
  });

  it.each([
    ['/login?httperror=418&pass=1', '<h1>418 418'],
    ['/login?pass=1&%68ttp%65rror=418', '<h1>418 418'],
    ['/login?pass=a%26httperror=418', '"code": -311'],
    ['/login?pass=1', '"code": -311'],
    ['/simple?httperror=418', ':-('],
    ['/simple/', ':-('],
    ['/login/', '"code": -311'],
  ])('answers %s in the form it asks for', async (path, part) => {
    const { text, headers } = await http().get(path).expect(503);
    expect(text).toContain(part);
    expect(headers['retry-after']).toBe('1');
  });

  it('knows for which errors a page may be asked for', async () => {
    errorIds = ['-400'];
    const { text } = await http().get('/login?httperror=418').expect(503);
    expect(text).toContain('"code": -311');
  });

  it('tells of those it turned away, whatever stands behind their path', async () => {
    for (const path of ['/login', '/login/', '/login?httperror=418', '/simple']) await http().get(path);
    expect(turnedAway).toEqual(['/login', '/login', '/login', '/simple']);
  });

  it('lets everything pass that is no login, and logins while there is room', async () => {
    await http().get('/served').expect(200);
    for (const path of ['/login/more', '/Login', '//login', '/logi']) await http().get(path).expect(404);
    isFull = false;
    await http().get('/login').expect(404);
    expect(turnedAway).toEqual([]);
  });
});

function statusesIn(answers: string): readonly (string | undefined)[] {
  return Array.from(answers.matchAll(/HTTP\/1\.1 (\d+)/g), ([, status]) => status);
}
