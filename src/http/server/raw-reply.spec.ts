import { once } from 'node:events';
import { type RequestListener, createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

import { StreamedReply, streamReply } from './raw-reply.js';

/** A server for one connection. */
async function givenServer(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, stop: () => void server.close() };
}

describe('streamReply', () => {
  it('lets go of its source when the client is gone before anything was asked for', async () => {
    let close: () => void = () => undefined;
    const closed = new Promise<void>((done) => (close = done));
    async function* chunks(): AsyncGenerator<string> {
      yield 'never read';
    }
    const { port, stop } = await givenServer((request, response) => {
      request.socket.once('close', () => {
        streamReply(response, new StreamedReply(chunks(), 'text/plain', async () => close()));
      });
    });
    const client = connect(port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n', () => client.destroy());
    await closed;
    stop();
  });

  it('lets go of its source when another answer is under way', async () => {
    let isClosed = false;
    const { port, stop } = await givenServer((_request, response) => {
      response.writeHead(503);
      streamReply(
        response,
        new StreamedReply((async function* () {})(), 'text/plain', async () => {
          isClosed = true;
        }),
      );
      response.end();
    });
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    expect(answer.status).toBe(503);
    expect(isClosed).toBe(true);
    stop();
  });

  it('ends the connection where its source fails half-way', async () => {
    async function* chunks(): AsyncGenerator<string> {
      yield '["first"';
      throw new Error('broke off');
    }
    const { port, stop } = await givenServer((_request, response) => {
      streamReply(response, new StreamedReply(chunks(), 'text/plain', async () => undefined));
    });
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    await expect(answer.text()).rejects.toThrow();
    stop();
  });
});
