import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';

import { HAS_NGINX, type Nginx, givenNginx } from '../../support/servers/nginx.js';
import { LoginClient } from '../login-client.js';

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** Something that takes connections as a node does, and counts the requests that come on them. */
async function givenTaker(served: (socket: Socket) => void) {
  let requests = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => {
      requests++;
      served(socket);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { server, port, requests: () => requests };
}

const closed = async (server: Server): Promise<void> => {
  server.close();
  await once(server, 'close');
};

describe('a login that nginx could not deliver', () => {
  const suite = HAS_NGINX ? it : it.skip;
  let dying: Awaited<ReturnType<typeof givenTaker>>;
  let sound: Awaited<ReturnType<typeof givenTaker>>;
  let nginx: Nginx;
  let client: LoginClient;

  beforeEach(async () => {
    if (!HAS_NGINX) return;
    dying = await givenTaker((socket) => socket.destroy());
    sound = await givenTaker((socket) => socket.write(ANSWER));
    nginx = await givenNginx([dying.port, sound.port]);
    client = new LoginClient(nginx.url, { authority: nginx.authority });
  });
  afterEach(async () => {
    client?.close();
    await nginx?.remove();
    for (const taker of [dying, sound]) if (taker?.server.listening) await closed(taker.server);
  });

  const login = () => client.post('/validate/check_s', { serial: 'ONE', pass: '123456' });

  suite('is not sent to a second node where the first one may have served it', async () => {
    // Both are asked in turn; a node that failed once is left out for a while.
    const answers = [await login(), await login()];
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 502]);
    expect([dying.requests(), sound.requests()]).toEqual([1, 1]);
  });

  suite('is sent to a second node where the first one takes no connections', async () => {
    await closed(dying.server);
    const answers = [await login(), await login(), await login()];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(sound.requests()).toBe(3);
  });
});
