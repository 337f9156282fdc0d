import { createHash, createHmac } from 'node:crypto';
import { type RemoteInfo, type Socket, createSocket } from 'node:dgram';

/** A request as it arrived, and what a server that knows the secret would say to it. */
export interface ReceivedPacket {
  readonly bytes: Buffer;
  readonly userName: string;
  readonly password: string;
  /** `null`: none. */
  readonly state: Buffer | null;
  /** Of the code, with a Message-Authenticator and other attributes in hexadecimal. */
  answer(code: number, attributes?: string, secret?: string): Buffer;
}

/** A RADIUS server that answers as a test says; what it says is made by the RFCs alone (2865 §3, 3579 §3.2). */
export interface GivenRadiusServer {
  readonly port: number;
  readonly received: ReceivedPacket[];
  /** Datagrams that are sent back. */
  answer: (request: ReceivedPacket) => readonly Buffer[];
  /** From another port than the one that was asked. */
  sendFromElsewhere(datagram: Buffer): void;
  close(): Promise<void>;
}

export const ACCEPT = 2;
export const REJECT = 3;

export async function givenRadiusServer(secret: string): Promise<GivenRadiusServer> {
  const [socket, other] = await Promise.all([bound(), bound()]);
  const received: ReceivedPacket[] = [];
  let peer: RemoteInfo | undefined;
  const server = {
    port: socket.address().port,
    received,
    answer: (): readonly Buffer[] => [],
    sendFromElsewhere: (datagram: Buffer) => peer && other.send(datagram, peer.port, peer.address),
    close: async () => {
      await Promise.all([socket, other].map((one) => new Promise<void>((resolve) => one.close(resolve))));
    },
  } as GivenRadiusServer;
  socket.on('message', (bytes, from) => {
    peer = from;
    const request = {
      bytes,
      userName: attributeOf(bytes, 1)?.toString() ?? '',
      password: clearPassword(bytes, secret),
      state: attributeOf(bytes, 24),
      answer: (code: number, attributes = '', its = secret) => answerTo(bytes, code, attributes, its),
    };
    received.push(request);
    for (const datagram of server.answer(request)) socket.send(datagram, from.port, from.address);
  });
  return server;
}

function answerTo(request: Buffer, code: number, attributes: string, secret: string): Buffer {
  const more = Buffer.from(attributes, 'hex');
  const body = Buffer.concat([Buffer.from(`5012${'00'.repeat(16)}`, 'hex'), more]);
  const head = Buffer.of(code, request[1] ?? 0, 0, 0);
  head.writeUInt16BE(20 + body.length, 2);
  const authenticator = request.subarray(4, 20);
  const signed = Buffer.concat([head, authenticator, body]);
  createHmac('md5', secret).update(signed).digest().copy(body, 2);
  const proof = createHash('md5').update(head).update(authenticator).update(body).update(secret).digest();
  return Buffer.concat([head, proof, body]);
}

function attributeOf(packet: Buffer, type: number): Buffer | null {
  for (let at = 20; at + 2 <= packet.length; at += Math.max(2, packet[at + 1] ?? 2)) {
    if (packet[at] === type) return packet.subarray(at + 2, at + (packet[at + 1] ?? 2));
  }
  return null;
}

/** RFC 2865 §5.2, read backwards. */
function clearPassword(packet: Buffer, secret: string): string {
  const hidden = attributeOf(packet, 2) ?? Buffer.alloc(0);
  const clear = Buffer.alloc(hidden.length);
  let before = packet.subarray(4, 20);
  for (let start = 0; start < hidden.length; start += 16) {
    const mask = createHash('md5').update(secret).update(before).digest();
    for (let at = start; at < start + 16; at++) clear[at] = (hidden[at] ?? 0) ^ (mask[at - start] ?? 0);
    before = hidden.subarray(start, start + 16);
  }
  return clear.toString().replace(/\0+$/, '');
}

/** A port that nobody listens on just now. */
export async function freeUdpPort(): Promise<number> {
  const socket = await bound();
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket;
}
