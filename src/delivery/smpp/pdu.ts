/** SMPP 3.4 §5.1.2.1, those that a sender of messages meets. */
export const COMMAND = {
  submit: 0x00000004,
  deliver: 0x00000005,
  unbind: 0x00000006,
  bindTransceiver: 0x00000009,
  enquireLink: 0x00000015,
  genericNack: 0x80000000,
} as const;
export const RESPONSE = 0x80000000;

const HEAD_BYTES = 16;
/** Nothing that a sender gets is longer. */
const LONGEST_BYTES = 4096;

/** One protocol data unit (§3.2). */
export interface Pdu {
  readonly command: number;
  readonly status: number;
  readonly sequence: number;
  readonly body: Buffer;
}

export function encodedPdu({ command, status, sequence, body }: Pdu): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(HEAD_BYTES + body.length, 0);
  head.writeUInt32BE(command, 4);
  head.writeUInt32BE(status, 8);
  head.writeUInt32BE(sequence, 12);
  return Buffer.concat([head, body]);
}

/** Bytes that are no PDU. */
export class MalformedPdu extends Error {}

/**
 * The first PDU in the bytes, and what follows it; `null`: it is not all there yet.
 *
 * @throws MalformedPdu
 */
export function firstPdu(bytes: Buffer): { readonly pdu: Pdu; readonly rest: Buffer } | null {
  if (bytes.length < 4) return null;
  const length = bytes.readUInt32BE(0);
  if (length < HEAD_BYTES || length > LONGEST_BYTES) throw new MalformedPdu('no SMPP');
  if (bytes.length < length) return null;
  const pdu = {
    command: bytes.readUInt32BE(4),
    status: bytes.readUInt32BE(8),
    sequence: bytes.readUInt32BE(12),
    body: bytes.subarray(HEAD_BYTES, length),
  };
  return { pdu, rest: bytes.subarray(length) };
}

/** Text with a NUL at its end (§3.1). Nothing in it may be one. */
export function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'latin1');
}

export interface Bind {
  readonly systemId: string;
  readonly password: string;
  readonly systemType: string;
}

/** §4.1.5. */
export function bindBody({ systemId, password, systemType }: Bind): Buffer {
  const version = 0x34;
  return Buffer.concat([
    cString(systemId),
    cString(password),
    cString(systemType),
    Buffer.from([version, 0, 0]),
    cString(''),
  ]);
}

export interface Address {
  readonly ton: number;
  readonly npi: number;
  readonly address: string;
}

export interface Submit {
  readonly source: Address;
  readonly destination: Address;
  readonly dataCoding: number;
  /** Whether the message begins with a user data header. */
  readonly hasHeader: boolean;
  readonly message: Buffer;
}

/** §4.4.1. */
export function submitBody({ source, destination, dataCoding, hasHeader, message }: Submit): Buffer {
  const esmClass = hasHeader ? 0x40 : 0;
  return Buffer.concat([
    cString(''),
    Buffer.from([source.ton, source.npi]),
    cString(source.address),
    Buffer.from([destination.ton, destination.npi]),
    cString(destination.address),
    Buffer.from([esmClass, 0, 0]),
    cString(''),
    cString(''),
    Buffer.from([0, 0, dataCoding, 0, message.length]),
    message,
  ]);
}
