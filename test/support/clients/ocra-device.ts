import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

const KEY_OF_32 = '3132333435363738393031323334353637383930313233343536373839303132';

/** What a device knows beside the question. */
export interface OcraDeviceState {
  readonly suite?: string;
  readonly keyHex?: string;
  readonly counter?: number;
  readonly pin?: string;
  readonly session?: string;
  readonly date?: Date;
}

/** An OCRA device (RFC 6287 §5), written down a second time: what is tested does not check itself. */
export function ocraAt(
  question: string,
  {
    suite = 'OCRA-1:HOTP-SHA256-8:C-QN08',
    keyHex = KEY_OF_32,
    counter = 0,
    pin = '',
    session = '',
    date = new Date(),
  }: OcraDeviceState = {},
): string {
  const [, method = '', inputs = ''] = suite.toUpperCase().split(':');
  const [, hash = '', digits = '6'] = method.split('-');
  const hex = [Buffer.from(suite).toString('hex'), '00'];
  const has = (letter: string) => inputs.split('-').find((input) => input.startsWith(letter));
  if (has('C')) hex.push(counter.toString(16).padStart(16, '0'));
  hex.push(questionHex(has('Q') ?? '', question));
  const pinInput = has('P');
  if (pinInput) {
    hex.push(
      createHash((pinInput.slice(1) || 'SHA1').toLowerCase())
        .update(pin)
        .digest('hex'),
    );
  }
  const sessionInput = has('S');
  if (sessionInput) {
    hex.push(
      Buffer.from(session)
        .toString('hex')
        .padStart(2 * Number(sessionInput.slice(1)), '0'),
    );
  }
  const timeInput = has('T');
  if (timeInput) {
    const step = Math.floor(date.getTime() / 1000 / secondsIn(timeInput.slice(1) || '1M'));
    hex.push(step.toString(16).padStart(16, '0'));
  }
  const mac = createHmac(hash.toLowerCase(), Buffer.from(keyHex, 'hex'))
    .update(Buffer.from(hex.join(''), 'hex'))
    .digest('hex');
  const start = 2 * Number.parseInt(mac.slice(-1), 16);
  const number = Number.parseInt(mac.slice(start, start + 8), 16) % 2 ** 31;
  return digits === '0'
    ? String(number)
    : String(number).slice(-Number(digits)).padStart(Number(digits), '0');
}

function questionHex(input: string, question: string): string {
  const format = input.charAt(1);
  const hex =
    format === 'A'
      ? Buffer.from(question).toString('hex')
      : format === 'N'
        ? BigInt(question).toString(16)
        : question;
  return hex.padEnd(256, '0');
}

function secondsIn(text: string): number {
  const worth = { H: 3600, M: 60, S: 1 } as const;
  return [...text.matchAll(/(\d+)([HMS])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * worth[unit as keyof typeof worth],
    0,
  );
}

/** What the app shows its user to type: 20 bytes in base32, and their sum. */
export function activationCode(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const letters = (bits.match(/.{5}/g) ?? []).map((five) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.charAt(Number.parseInt(five, 2)),
  );
  const sum = bytes.reduce((one, other) => one ^ other, 0);
  return letters.join('') + sum.toString(16).toUpperCase().padStart(2, '0');
}

/** The key that app and server make of what the app got first, its code, and what the server added. In hexadecimal. */
export function rolledOutKey(sharedSecret: string, code: Uint8Array, nonce: string): string {
  const passphrase = `${sharedSecret}${Buffer.from(code).toString('hex')}${nonce.slice(0, -16)}`;
  return pbkdf2Sync(
    Buffer.from(passphrase, 'hex'),
    Buffer.from(nonce.slice(-16), 'hex'),
    10_000,
    32,
    'sha256',
  ).toString('hex');
}

/** Whether what the app reads was signed with the key. */
export function isSigned(url: string, keyHex: string, hash = 'sha256'): boolean {
  const [signed = '', signature] = url.split('&si=');
  return createHmac(hash, Buffer.from(keyHex, 'hex')).update(signed).digest('hex') === signature;
}

/** What an app reads out of a URL of the server's. */
export function readByApp(url: string): Readonly<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(url.slice(url.indexOf('?') + 1)));
}
