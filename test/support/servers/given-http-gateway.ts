import { readFileSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { type AddressInfo, type Socket, connect } from 'node:net';

/** A request as it arrived. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** Subject of the client's certificate. */
  readonly certificate: string | null;
}

type Answer = (response: ServerResponse, request: Received) => void;

/** An HTTP server that keeps what it gets, and answers as a test says. */
export interface GivenHttpGateway {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  answer: Answer;
  close(): Promise<void>;
}

export interface ServerTls {
  readonly certificate: string;
  readonly key: string;
  /** Clients must have a certificate of this authority. */
  readonly clients?: string;
}

export const OK: Answer = (response) => void response.end('OK: queued');

export async function givenHttpGateway(tls: ServerTls | null = null): Promise<GivenHttpGateway> {
  const received: Received[] = [];
  const gateway = { answer: OK };
  const listen = (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers, socket } = request;
      const peer = 'getPeerCertificate' in socket ? (socket as PeerSocket).getPeerCertificate() : null;
      const one = {
        method,
        url,
        headers,
        body: Buffer.concat(chunks).toString(),
        certificate: peer?.subject?.CN ?? null,
      };
      received.push(one);
      gateway.answer(response, one);
    });
  };
  const server = tls ? https.createServer(optionsOf(tls), listen) : http.createServer(listen);
  // Those that were switched to a tunnel are none of the server's any more.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)));
  });
  // As a proxy does.
  server.on('connect', (request: IncomingMessage, client) => {
    const { method = '', url = '', headers } = request;
    received.push({ method, url, headers, body: '', certificate: null });
    const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(url) ?? [];
    const onward = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(client).pipe(onward);
    });
    onward.on('error', () => client.destroy());
    client.on('error', () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(gateway, {
    received,
    port,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}/`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  });
}

interface PeerSocket {
  getPeerCertificate(): { readonly subject?: { readonly CN?: string } };
}

function optionsOf({ certificate, key, clients }: ServerTls): https.ServerOptions {
  return {
    cert: readFileSync(certificate),
    key: readFileSync(key),
    ...(clients !== undefined && { ca: readFileSync(clients), requestCert: true, rejectUnauthorized: true }),
  };
}

/** A port that nobody listens on. */
export async function closedPort(): Promise<number> {
  const server = http.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
