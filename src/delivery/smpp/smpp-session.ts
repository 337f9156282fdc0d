import type { Socket } from 'node:net';

import { ServerAway } from '../../outbound/server-away.js';
import { within } from '../../outbound/connection.js';
import { COMMAND, MalformedPdu, type Pdu, RESPONSE, cString, encodedPdu, firstPdu } from './pdu.js';

/** §5.1.3: ESME_RSYSERR, ESME_RMSGQFULL, ESME_RTHROTTLED: another time, or another provider, may do better. */
const TROUBLE = [0x08, 0x14, 0x58];

/** The centre answered that it does not do what it was asked to. */
export class SmppRefused extends Error {}

/** Requests over one connection to a message centre, one after the other (SMPP 3.4 §2). */
export class SmppSession {
  #sequence = 0;
  #received = Buffer.alloc(0);

  /** @param readMs for each answer */
  constructor(
    private readonly socket: Socket,
    private readonly readMs: number,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws SmppRefused, ServerAway */
  async request(name: string, command: number, body: Buffer): Promise<void> {
    const sequence = ++this.#sequence;
    this.socket.write(encodedPdu({ command, status: 0, sequence, body }));
    const { status, command: answered } = await this.#answer(name, command, sequence);
    if (status === 0 && answered !== COMMAND.genericNack) return;
    const text = `the message centre answered ${name} with status 0x${status.toString(16).padStart(2, '0')}`;
    throw TROUBLE.includes(status) ? new ServerAway(text) : new SmppRefused(text);
  }

  /** Says goodbye, and does not wait for an answer. */
  end(): void {
    const unbind = { command: COMMAND.unbind, status: 0, sequence: ++this.#sequence, body: Buffer.alloc(0) };
    this.socket.end(encodedPdu(unbind));
    this.socket.destroySoon();
  }

  async #answer(name: string, command: number, sequence: number): Promise<Pdu> {
    const signal = within(this.signal, this.readMs);
    for (;;) {
      const pdu = await this.#next(name, signal);
      const isOurs = pdu.command === (command | RESPONSE) >>> 0 || pdu.command === COMMAND.genericNack;
      if (isOurs && pdu.sequence === sequence) return pdu;
      this.#respond(pdu);
    }
  }

  /** A centre may ask for a sign of life meanwhile, or deliver what is for somebody else. */
  #respond({ command, sequence }: Pdu): void {
    if (command !== COMMAND.enquireLink && command !== COMMAND.deliver) return;
    const body = command === COMMAND.deliver ? cString('') : Buffer.alloc(0);
    this.socket.write(encodedPdu({ command: (command | RESPONSE) >>> 0, status: 0, sequence, body }));
  }

  async #next(name: string, signal: AbortSignal): Promise<Pdu> {
    for (;;) {
      const found = this.#first(name);
      if (found) return found;
      this.#received = Buffer.concat([this.#received, await this.#chunk(name, signal)]);
    }
  }

  #first(name: string): Pdu | null {
    try {
      const found = firstPdu(this.#received);
      if (found) this.#received = Buffer.from(found.rest);
      return found?.pdu ?? null;
    } catch (cause) {
      if (!(cause instanceof MalformedPdu)) throw cause;
      throw new ServerAway(`the answer to ${name} is no SMPP`, { cause });
    }
  }

  #chunk(name: string, signal: AbortSignal): Promise<Buffer> {
    const { socket } = this;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => () => {
        socket.off('readable', readable).off('close', closed).off('end', closed);
        signal.removeEventListener('abort', late);
        act();
      };
      const away = (reason: string) => () => reject(new ServerAway(reason));
      const closed = settle(away(`the connection was broken off (${name})`));
      const late = settle(away(`no answer in time (${name})`));
      const readable = () => {
        const chunk = socket.read() as Buffer | null;
        if (chunk !== null) settle(() => resolve(chunk))();
      };
      socket.on('readable', readable).on('close', closed).on('end', closed);
      signal.addEventListener('abort', late);
      if (signal.aborted) late();
      else if (socket.destroyed || socket.readableEnded) closed();
      else readable();
    });
  }
}
