import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

const PAGE = new URL('portal.html', import.meta.url);

/** Serves the page, and hands `/userservice/` on to a node: one origin, as behind a reverse proxy, so that cookies are kept. */
export async function startPortal(nodeUrl: string): Promise<{ url: string; stop(): Promise<void> }> {
  const page = await readFile(PAGE);
  const server = createServer((asked, answer) => {
    if (!asked.url?.startsWith('/userservice/')) {
      const isPage = asked.url === '/';
      answer.writeHead(isPage ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' });
      answer.end(isPage ? page : '');
      return;
    }
    const target = new URL(asked.url, nodeUrl);
    const passed = request(target, { method: asked.method, headers: asked.headers }, (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.headers);
      answered.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
