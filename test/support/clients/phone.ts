import { createHmac, sign, verify } from 'node:crypto';

import {
  ctr,
  eaxOpened,
  eaxSealed,
  montgomery,
  newKeyPair,
  privateKeyOf,
  publicKeyOf,
  scalarOf,
  sha256,
  sharedWith,
} from './phone-crypto.js';

/** What a phone reads from a pairing URL (spec/token-types §17.1). */
export interface Invitation {
  readonly scheme: string;
  readonly type: number;
  readonly flags: number;
  readonly partition: number;
  readonly serverKey: Buffer;
  readonly serial: string;
  readonly callback: string;
  readonly digits: number | null;
}

export function readInvitation(url: string): Invitation {
  const [, scheme = '', payload = ''] = /^([a-z]+):\/\/pair\/([\w-]+)$/.exec(url) ?? [];
  const bytes = Buffer.from(payload, 'base64url');
  const flags = bytes.readUInt32LE(2);
  const [serial = '', callback = ''] = bytes.subarray(42).toString('utf8').split('\0');
  return {
    scheme,
    type: bytes.readUInt8(1),
    flags,
    partition: bytes.readUInt32LE(6),
    serverKey: bytes.subarray(10, 42),
    serial,
    callback,
    digits: flags & 16 ? bytes.readUInt8(bytes.length - 1) : null,
  };
}

/** What a phone may answer otherwise than it should. */
export interface Whims {
  readonly serial?: string;
  readonly type?: number;
  readonly partition?: number;
  /** Behind the texts, before the signature. */
  readonly more?: Buffer;
  readonly badSignature?: boolean;
  /** What it says, before it is signed and sealed; and what is sealed. */
  readonly says?: (plain: Buffer) => Buffer;
  readonly seals?: (plain: Buffer) => Buffer;
}

/** What it shows its user. */
interface Shown {
  readonly contentType: number;
  readonly texts: readonly string[];
  readonly transaction: bigint;
}

/** `qr`: scans challenges, and answers by a signature or a TAN (spec/token-types §18). */
export class QrPhone {
  readonly keys = newKeyPair('X25519');

  constructor(
    readonly invitation: Invitation,
    readonly login = 'anna',
    readonly tokenNumber = 7,
  ) {}

  pairing({ serial, type = 2, partition, more = Buffer.alloc(0), seals = asItIs }: Whims = {}): string {
    const texts = `${serial ?? this.invitation.serial}\0${this.login}\0`;
    const plain = Buffer.concat([
      Buffer.of(type),
      uint32(this.tokenNumber),
      this.keys.publicKey,
      Buffer.from(texts),
      more,
    ]);
    return sealedForServer(this.invitation, seals(plain), partition);
  }

  /** @param url `lseqr://chal/…` */
  read(
    url: string,
  ): Shown & { readonly signature: string; readonly tan: string; readonly isPairing: boolean } {
    const [, payload = ''] = /^[a-z]+:\/\/chal\/([\w-]+)$/.exec(url) ?? [];
    const bytes = Buffer.from(payload, 'base64url');
    if (bytes.readUInt8(0) !== 1 || bytes.readUInt32LE(1) !== this.tokenNumber) throw new Error('not for me');
    const u1 = sha256(sharedWith(this.keys.secret, bytes.subarray(5, 37)));
    const u2 = sha256(u1);
    const nonce = u2.subarray(16);
    const eax = { key: u1.subarray(0, 16), nonce, header: bytes.subarray(0, 5) };
    const plain = eaxOpened(eax, bytes.subarray(37));
    const flags = plain.readUInt8(1);
    const header = plain.subarray(0, 10);
    const told = plain.subarray(flags & 8 ? 42 : 10);
    if (flags & 8) {
      // Who pairs is the server whose key was scanned.
      const secret = sharedWith(this.keys.secret, montgomery(this.invitation.serverKey));
      const mac = createHmac('sha256', secret)
        .update(Buffer.concat([nonce, header, told]))
        .digest();
      if (!mac.equals(plain.subarray(10, 42))) throw new Error('another server');
    }
    const signed = createHmac('sha256', u2.subarray(0, 16)).update(nonce).update(plain).digest();
    const at = (signed[31] ?? 0) & 15;
    const number = signed.readUInt32BE(at) % 2 ** 31;
    const digits = this.invitation.digits ?? 8;
    return {
      contentType: plain.readUInt8(0),
      texts: textsIn(told),
      transaction: plain.readBigUInt64LE(2),
      isPairing: Boolean(flags & 8 && flags & 16),
      signature: signed.toString('base64url'),
      tan: String(number % 10 ** digits).padStart(digits, '0'),
    };
  }
}

/** `push`: is told of challenges, and accepts or denies them (spec/token-types §19). */
export class PushPhone {
  readonly keys = newKeyPair('Ed25519');

  constructor(
    readonly invitation: Invitation,
    readonly address = 'device-1',
    readonly login = 'anna',
    readonly tokenNumber = 9,
  ) {}

  pairing(whims: Whims = {}): string {
    const { serial, type = 4, partition, more = Buffer.alloc(0), badSignature } = whims;
    const { says = asItIs, seals = asItIs } = whims;
    const texts = `${serial ?? this.invitation.serial}\0${this.login}\0${this.address}\0`;
    const unsigned = says(
      Buffer.concat([
        Buffer.of(type),
        uint32(this.tokenNumber),
        this.keys.publicKey,
        Buffer.from(texts),
        more,
      ]),
    );
    const signed = this.#sign(badSignature ? Buffer.from('else') : unsigned);
    return sealedForServer(this.invitation, seals(Buffer.concat([unsigned, signed])), partition);
  }

  /** The same phone at another address. */
  movedTo(address: string): PushPhone {
    return Object.assign(new PushPhone(this.invitation, address, this.login, this.tokenNumber), {
      keys: this.keys,
    });
  }

  /** @param url `lseqr://push/…` */
  read(url: string): Shown & { readonly time: number; readonly accept: string; readonly deny: string } {
    const [, payload = ''] = /^[a-z]+:\/\/push\/([\w-]+)$/.exec(url) ?? [];
    const bytes = Buffer.from(payload, 'base64url');
    if (bytes.readUInt8(0) !== 2 || bytes.readUInt32LE(1) !== this.tokenNumber) throw new Error('not for me');
    const serverSignature = bytes.subarray(-64);
    const serverKey = publicKeyOf('Ed25519', this.invitation.serverKey);
    if (!verify(null, bytes.subarray(0, -64), serverKey, serverSignature)) throw new Error('another server');
    const u = sha256(sharedWith(scalarOf(this.keys.secret), bytes.subarray(5, 37)));
    const plain = ctr(u.subarray(0, 16), u.subarray(16), bytes.subarray(37, -64));
    const base = Buffer.concat([serverSignature, plain]);
    const answer = (word: string) =>
      this.#sign(Buffer.concat([Buffer.from(`\x02${word}\0`), base])).toString('base64url');
    return {
      contentType: plain.readUInt8(0),
      transaction: plain.readBigUInt64LE(1),
      time: Number(plain.readBigUInt64LE(9)),
      texts: textsIn(plain.subarray(17)),
      accept: answer('ACCEPT'),
      deny: answer('DENY'),
    };
  }

  #sign(message: Buffer): Buffer {
    const { secret, publicKey } = this.keys;
    return sign(null, message, privateKeyOf('Ed25519', secret, publicKey));
  }
}

/** What only the server can read (spec/token-types §17.2). */
function sealedForServer(invitation: Invitation, plain: Buffer, partition = invitation.partition): string {
  const { secret, publicKey } = newKeyPair('X25519');
  const header = Buffer.concat([Buffer.of(1), uint32(partition)]);
  const u = sha256(sharedWith(secret, montgomery(invitation.serverKey)));
  const sealed = eaxSealed({ key: u.subarray(0, 16), nonce: u.subarray(16), header }, plain);
  return Buffer.concat([header, publicKey, sealed]).toString('base64url');
}

function asItIs(plain: Buffer): Buffer {
  return plain;
}

function textsIn(bytes: Buffer): string[] {
  return bytes.toString('utf8').split('\0').slice(0, -1);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
