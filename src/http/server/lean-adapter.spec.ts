import { Agent, get as httpGet } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

import {
  Controller,
  Get,
  Header,
  HttpCode,
  type INestApplication,
  Module,
  StreamableFile,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import supertest from 'supertest';

import { LeanAdapter } from './lean-adapter.js';

let release: () => void = () => undefined;
let entered: () => void = () => undefined;

@Controller('plain')
class PlainController {
  @Get('object')
  object() {
    return { a: 'ü' };
  }

  @Get('text')
  text() {
    return '<p>ü</p>';
  }

  @Get('bytes')
  @Header('Content-Type', 'image/png')
  bytes() {
    return Buffer.from([1, 2, 3]);
  }

  @Get('nothing')
  @HttpCode(204)
  nothing() {}

  @Get('stream')
  stream() {
    return new StreamableFile(Readable.from([Buffer.from('ab'), Buffer.from('c')]), { type: 'text/csv' });
  }

  @Get('page')
  @Header('Content-Security-Policy', "default-src 'self'")
  page() {
    return '<h1>docs</h1>';
  }

  @Get('slow')
  async slow() {
    await new Promise<void>((resolve) => {
      release = resolve;
      entered();
    });
    return 'done';
  }
}

@Module({ controllers: [PlainController] })
class PlainModule {}

describe('LeanAdapter', () => {
  let app: INestApplication;

  beforeEach(async () => {
    const testing = await Test.createTestingModule({ imports: [PlainModule] }).compile();
    app = testing.createNestApplication(new LeanAdapter(), { bodyParser: false, logger: false });
    await app.listen(0, '127.0.0.1');
  });
  afterEach(() => app.close());

  const get = (path: string) => supertest(app.getHttpServer()).get(path).responseType('blob');

  it.each([
    ['object', 200, 'application/json; charset=utf-8', '{"a":"ü"}', '10'],
    ['text', 200, 'text/html; charset=utf-8', '<p>ü</p>', '9'],
    ['bytes', 200, 'image/png', '\u0001\u0002\u0003', '3'],
    ['nothing', 204, undefined, '', undefined],
    ['stream', 200, 'text/csv', 'abc', undefined],
  ])('sends what plain controllers return: %s', async (path, status, type, content, length) => {
    const { body, headers } = await get(`/plain/${path}`).expect(status);
    expect(Buffer.from(body as Uint8Array).toString()).toBe(content);
    if (type) expect(headers['content-type']).toBe(type);
    if (length) expect(headers['content-length']).toBe(length);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.any(String),
    });
  });

  it.each([
    ['400 Bad Request', 'GET /plain/text HTTP/1.1\r\nConnection: close\r\n\r\n'],
    [
      '417 Expectation Failed',
      'GET /plain/text HTTP/1.1\r\nHost: x\r\nExpect: x\r\nConnection: close\r\n\r\n',
    ],
  ])('has the same headers where no request is made of it: %s', async (status, request) => {
    const { port } = app.getHttpServer().address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.write(request);
    const answer = await text(socket);
    expect(answer).toContain(`HTTP/1.1 ${status}`);
    expect(answer).toMatch(/^X-Content-Type-Options: nosniff\r$/im);
    expect(answer).toMatch(/^X-Request-Id: \S+\r$/im);
  });

  it('lets a page have its own content security policy, and keeps the rest', async () => {
    const { headers } = await get('/plain/page').expect(200);
    expect(headers['content-security-policy']).toBe("default-src 'self'");
    expect(headers['cache-control']).toBe('no-store');
  });

  it('finishes what runs when it closes, and ends that connection with the answer', async () => {
    const agent = new Agent({ keepAlive: true });
    const { port } = app.getHttpServer().address() as AddressInfo;
    const inside = new Promise<void>((resolve) => (entered = resolve));
    const answer = new Promise<string | undefined>((resolve, reject) => {
      httpGet({ port, host: '127.0.0.1', path: '/plain/slow', agent }, (response) => {
        response.resume().on('end', () => resolve(response.headers.connection));
      }).on('error', reject);
    });
    await inside;
    const closed = app.close();
    release();
    expect(await answer).toBe('close');
    await closed;
    agent.destroy();
  });
});
