import { type AddressInfo, type Socket, createServer } from 'node:net';

/** A server that does with each connection what a test says: what no proper server does. */
export interface GivenTcpServer {
  readonly port: number;
  serve: (socket: Socket) => void;
  close(): Promise<void>;
}

export async function givenTcpServer(): Promise<GivenTcpServer> {
  const sockets = new Set<Socket>();
  const given = { serve: (_socket: Socket): void => undefined };
  const server = createServer((socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)));
    socket.on('error', () => undefined);
    socket.resume();
    given.serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(given, {
    port,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  });
}
