import { createDecipheriv, createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';

import { type GivenHttpGateway, type Received, givenHttpGateway } from './given-http-gateway.js';

/** What a validation server says, before it is signed. */
export type YubicoAnswer = Record<string, string>;

/** A validation server, made by Yubico's description of its protocol (version 2.0) alone. */
export interface GivenYubicoServer {
  /** For `yubico.url`. */
  readonly url: string;
  /** Queries, as they arrived. */
  readonly asked: URLSearchParams[];
  /** Changes what is about to be signed and sent. */
  amend: (answer: YubicoAnswer, query: URLSearchParams) => YubicoAnswer;
  /** Changes what is sent, signed as it is. */
  forge: (body: string) => string;
  /** Answers in another way altogether. */
  reply: ((response: ServerResponse) => void) | null;
  /** Takes every value as new. */
  forget(): void;
  close(): Promise<void>;
}

export const YUBICO_ID = '4711';
/** Base64, as Yubico gives it out. */
export const YUBICO_SECRET = Buffer.from('0123456789abcdefghij').toString('base64');
const MODHEX = 'cbdefghijklnrtuv';

/** @param keys of devices (AES-128, in hexadecimal), by their public ids */
export async function givenYubicoServer(keys: Readonly<Record<string, string>>): Promise<GivenYubicoServer> {
  const gateway: GivenHttpGateway = await givenHttpGateway();
  const counters = new Map<string, number>();
  const server: GivenYubicoServer = {
    url: `${gateway.url}wsapi/2.0/verify`,
    asked: [],
    amend: (answer) => answer,
    forge: (body) => body,
    reply: null,
    forget: () => counters.clear(),
    close: () => gateway.close(),
  };
  gateway.answer = (response: ServerResponse, request: Received) => {
    const query = new URL(request.url, gateway.url).searchParams;
    server.asked.push(query);
    if (server.reply) {
      server.reply(response);
      return;
    }
    const answer = server.amend(answerTo(query, keys, counters), query);
    response.setHeader('content-type', 'text/plain');
    response.end(server.forge(signed(answer)));
  };
  return server;
}

/** In an order of its own: it is the alphabetical one that is signed. */
function signed(answer: YubicoAnswer): string {
  return `h=${signature(Object.entries(answer))}\r\n${Object.entries(answer)
    .map(([name, value]) => `${name}=${value}\r\n`)
    .join('')}\r\n`;
}

function signature(parts: readonly (readonly [string, string])[]): string {
  const text = parts
    .map(([name, value]) => `${name}=${value}`)
    .toSorted()
    .join('&');
  return createHmac('sha1', Buffer.from(YUBICO_SECRET, 'base64')).update(text).digest('base64');
}

function answerTo(
  query: URLSearchParams,
  keys: Readonly<Record<string, string>>,
  counters: Map<string, number>,
): YubicoAnswer {
  const otp = query.get('otp') ?? '';
  const nonce = query.get('nonce') ?? '';
  const told = { t: '2026-01-01T00:00:00Z0123', otp, nonce };
  const proof = query.get('h');
  const parts = [...query].filter(([name]) => name !== 'h');
  if (query.get('id') !== YUBICO_ID) return { ...told, status: 'NO_SUCH_CLIENT' };
  if (proof !== signature(parts)) return { ...told, status: 'BAD_SIGNATURE' };
  if (!/^[a-z0-9]{16,40}$/i.test(nonce)) return { ...told, status: 'MISSING_PARAMETER' };
  const publicId = otp.slice(0, -32);
  const key = keys[publicId];
  const pressed = key === undefined ? null : opened(otp.slice(-32), key);
  if (!pressed) return { ...told, status: 'BAD_OTP' };
  const counter = pressed.usage * 256 + pressed.session;
  if (counter <= (counters.get(publicId) ?? -1)) return { ...told, status: 'REPLAYED_OTP' };
  counters.set(publicId, counter);
  return {
    ...told,
    status: 'OK',
    sl: '25',
    ...(query.get('timestamp') === '1' && {
      timestamp: '100',
      sessioncounter: String(pressed.usage),
      sessionuse: String(pressed.session),
    }),
  };
}

/** Counters of a value; `null`: another key made it. */
function opened(modhex: string, keyHex: string): { usage: number; session: number } | null {
  const hex = [...modhex].map((letter) => MODHEX.indexOf(letter).toString(16)).join('');
  const decipher = createDecipheriv('aes-128-ecb', Buffer.from(keyHex, 'hex'), null).setAutoPadding(false);
  const block = decipher.update(hex, 'hex');
  // The private id of the tests' device.
  if (block.toString('hex', 0, 6) !== '8792ebfe26cc') return null;
  return { usage: block.readUInt16LE(6), session: block.readUInt8(11) };
}
