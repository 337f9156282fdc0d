import { type Socket, createSocket } from 'node:dgram';

import { askOverUdp } from './ask-over-udp.js';

describe('a question over UDP', () => {
  let server: Socket;
  let heard: string[] = [];

  beforeEach(async () => {
    heard = [];
    server = createSocket('udp4');
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  });
  afterEach(() => new Promise<void>((resolve) => server.close(resolve)));

  const ask = (packet: string, signal = new AbortController().signal) =>
    askOverUdp(
      {
        packet: Buffer.from(packet),
        read: (datagram) => (datagram.toString().startsWith(packet) ? datagram.toString() : null),
        target: { host: '127.0.0.1', port: server.address().port },
        resendMs: 5,
      },
      signal,
    );

  it('is sent again until it is answered', async () => {
    server.on('message', (datagram, from) => {
      heard.push(datagram.toString());
      if (heard.length === 3) server.send('one: yes', from.port, from.address);
    });
    await expect(ask('one')).resolves.toBe('one: yes');
    expect(heard).toEqual(['one', 'one', 'one']);
  });

  it('has its own answer, whatever comes first', async () => {
    const waiting: (() => void)[] = [];
    server.on('message', (datagram, from) => {
      waiting.push(() => server.send(`${datagram.toString()}: yes`, from.port, from.address));
      if (waiting.length === 3) for (const answer of waiting.toReversed()) answer();
    });
    await expect(Promise.all(['one', 'two', 'three'].map((packet) => ask(packet)))).resolves.toEqual([
      'one: yes',
      'two: yes',
      'three: yes',
    ]);
  });

  it('ends with the time of whoever asks', async () => {
    const over = new AbortController();
    server.on('message', () => over.abort());
    await expect(ask('one', over.signal)).rejects.toThrow('no answer in time');
    await expect(ask('one', over.signal)).rejects.toThrow('no answer in time');
  });
});
