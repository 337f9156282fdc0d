import { createHash, createHmac } from 'node:crypto';

import { ATTRIBUTES, type SentRequest, accessRequest, answerTo, hiddenPassword } from './packet.js';

/** RFC 2865 §7.1. */
const RFC: SentRequest = {
  identifier: 0,
  authenticator: Buffer.from('0f403f9473978057bd83d5cb98f4227a', 'hex'),
  secret: Buffer.from('xyzzy5461'),
};
const RFC_ACCEPT = Buffer.from(
  '0200002686fe220e7624ba2a1005f6bf9b55e0b20606000000010f06000000000e06c0a80103',
  'hex',
);

/** An answer with these attributes in hexadecimal; `MA`: a Message-Authenticator that fits. */
function answer(attributes: string, { code = 2, secret = RFC.secret, identifier = 0 } = {}): Buffer {
  const at = attributes.indexOf('MA') / 2;
  const body = Buffer.from(attributes.replace('MA', `5012${'00'.repeat(16)}`), 'hex');
  const head = Buffer.of(code, identifier, 0, 20 + body.length);
  if (at >= 0) {
    const signed = Buffer.concat([head, RFC.authenticator, body]);
    createHmac('md5', secret)
      .update(signed)
      .digest()
      .copy(body, at + 2);
  }
  const proof = createHash('md5').update(head).update(RFC.authenticator).update(body).update(secret);
  return Buffer.concat([head, proof.digest(), body]);
}

describe('a request to a RADIUS server', () => {
  it('hides the password as RFC 2865 §7.1 does', () => {
    const hidden = hiddenPassword(Buffer.from('arctangent'), RFC);
    expect(hidden.toString('hex')).toBe('0dbe708d93d413ce3196e43f782a0aee');
  });

  it.each([
    [0, 16],
    [16, 16],
    [17, 32],
    [128, 128],
  ])('hides a password of %i bytes in %i, from which it can be read', (length, size) => {
    const password = Buffer.alloc(length, 'geheim');
    const hidden = hiddenPassword(password, RFC);
    expect(hidden).toHaveLength(size);
    const clear = Buffer.alloc(size);
    for (let start = 0; start < size; start += 16) {
      const before = start === 0 ? RFC.authenticator : hidden.subarray(start - 16, start);
      const mask = createHash('md5').update(RFC.secret).update(before).digest();
      for (const [at, byte] of mask.entries()) clear[start + at] = byte ^ (hidden[start + at] ?? 0);
    }
    expect(clear.equals(Buffer.concat([password, Buffer.alloc(size - length)]))).toBe(true);
  });

  it('begins with its Message-Authenticator', () => {
    const packet = accessRequest({ ...RFC, identifier: 7 }, [[ATTRIBUTES.userName, Buffer.from('nemo')]]);
    const blank = Buffer.from(packet).fill(0, 22, 38);
    const expected = createHmac('md5', RFC.secret).update(blank).digest('hex');
    expect(packet.toString('hex')).toBe(
      `0107002c${RFC.authenticator.toString('hex')}5012${expected}0106${Buffer.from('nemo').toString('hex')}`,
    );
  });
});

describe('an answer of a RADIUS server', () => {
  it('is read as RFC 2865 §7.1 has it', () => {
    expect(answerTo(RFC, RFC_ACCEPT, false)).toEqual({
      code: 2,
      attributes: [
        [6, Buffer.from('00000001', 'hex')],
        [15, Buffer.from('00000000', 'hex')],
        [14, Buffer.from('c0a80103', 'hex')],
      ],
    });
  });

  it('is none without a Message-Authenticator, where that is needed', () => {
    expect(answerTo(RFC, RFC_ACCEPT, true)).toBeNull();
    expect(answerTo(RFC, answer('MA1203ab'), true)).toEqual({ code: 2, attributes: [[18, Buffer.of(0xab)]] });
    expect(answerTo(RFC, answer('1203abMA'), true)).toMatchObject({ code: 2 });
  });

  it('may be followed by padding', () => {
    expect(answerTo(RFC, Buffer.concat([answer('MA'), Buffer.of(1, 2)]), true)).toMatchObject({ code: 2 });
  });

  const other = { secret: Buffer.from('xyzzy5462') };
  const changed = (at: number) => {
    const packet = answer('MA1203ab');
    packet[at] = (packet[at] ?? 0) ^ 1;
    return packet;
  };
  it.each<[string, Buffer]>([
    ['made with another secret', answer('MA', other)],
    ['to another request', answer('MA', { identifier: 1 })],
    ['with another code', changed(0)],
    ['with another proof', changed(4)],
    ['with another Message-Authenticator', changed(30)],
    ['with another attribute', changed(40)],
    ['with two Message-Authenticators', answer(`MA5012${'00'.repeat(16)}`)],
    ['with half a Message-Authenticator', answer(`500a${'00'.repeat(8)}`)],
    ['with a Proxy-State', answer('MA2103ab')],
    ['with an attribute that is too long', answer('MA1204ab')],
    ['with an attribute that has no length', answer('MA12')],
    ['with an attribute that is too short', answer('MA1201')],
    ['that is cut', answer('MA').subarray(0, -1)],
    ['that is no packet', Buffer.from('02000013', 'hex')],
    ['shorter than a packet', Buffer.concat([Buffer.from('02000013', 'hex'), Buffer.alloc(30)])],
    ['empty', Buffer.alloc(0)],
  ])('is none: %s', (_title, datagram) => {
    expect(answerTo(RFC, datagram, false)).toBeNull();
  });
});
