/** What a browser answers to `navigator.credentials.create` (WebAuthn Level 3 §5.2.1); binary values in base64url without padding. */
export interface AttestationResponse {
  readonly id: string;
  readonly clientDataJson: string;
  readonly attestationObject: string;
  /** By which ways the key can be reached, as far as the browser says so. */
  readonly transports: readonly KeyTransport[];
  /** Whether the key is kept in the authenticator, as it says itself (`credProps.rk`); `null`: nothing is said. */
  readonly isResident: boolean | null;
}

/** What a browser answers to `navigator.credentials.get` (WebAuthn Level 3 §5.2.2), written in the same way. */
export interface AssertionResponse {
  readonly id: string;
  readonly clientDataJson: string;
  readonly authenticatorData: string;
  readonly signature: string;
  /** Whose key it is, as the authenticator was told at its registration; `null`: it says nothing. */
  readonly userHandle: string | null;
}

export const KEY_TRANSPORTS = ['usb', 'nfc', 'ble', 'hybrid', 'internal'] as const;
export type KeyTransport = (typeof KEY_TRANSPORTS)[number];

/** Not what a browser would send. The message names the part. */
export class MalformedResponse extends Error {
  constructor(
    readonly problem: 'json' | 'format',
    message: string,
  ) {
    super(message);
  }
}

const BASE64URL = /^[A-Za-z0-9_-]+={0,2}$/;
/** More than any authenticator says, certificates and all. */
const LONGEST = 65_536;
/** In bytes (WebAuthn Level 3 §4, "Credential ID"). */
const LONGEST_ID = 1_023;

/** @param given JSON text, or what it says @throws MalformedResponse */
export function readAttestation(given: unknown): AttestationResponse {
  const credential = credentialIn(given);
  const response = objectIn(credential, 'response');
  const { clientExtensionResults: extensions, transports } = credential;
  const properties = isObject(extensions) ? extensions['credProps'] : undefined;
  const isResident = isObject(properties) ? properties['rk'] : undefined;
  return {
    id: idOf(credential),
    clientDataJson: binaryIn(response, 'clientDataJSON'),
    attestationObject: binaryIn(response, 'attestationObject'),
    transports: transportsOf(transports ?? response['transports']),
    isResident: typeof isResident === 'boolean' ? isResident : null,
  };
}

/** @throws MalformedResponse */
export function readAssertion(text: string): AssertionResponse {
  const credential = credentialIn(text);
  const response = objectIn(credential, 'response');
  const handle = response['userHandle'];
  return {
    id: idOf(credential),
    clientDataJson: binaryIn(response, 'clientDataJSON'),
    authenticatorData: binaryIn(response, 'authenticatorData'),
    signature: binaryIn(response, 'signature'),
    userHandle:
      handle === undefined || handle === null || handle === '' ? null : binaryIn(response, 'userHandle'),
  };
}

function credentialIn(given: unknown): Readonly<Record<string, unknown>> {
  if (typeof given !== 'string') return credentialOf(given);
  if (given.length > LONGEST) throw new MalformedResponse('format', 'it is too long');
  try {
    return credentialOf(JSON.parse(given));
  } catch (error) {
    if (error instanceof MalformedResponse) throw error;
    throw new MalformedResponse('json', 'no JSON');
  }
}

function credentialOf(given: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(given)) throw new MalformedResponse('format', 'no object');
  return given;
}

/** `id` and `rawId` are the same for whoever writes JSON (WebAuthn Level 3 §5.1). */
function idOf(credential: Readonly<Record<string, unknown>>): string {
  if (credential['type'] !== 'public-key') throw new MalformedResponse('format', 'type');
  const id = binaryIn(credential, 'id');
  if (binaryIn(credential, 'rawId') !== id) throw new MalformedResponse('format', 'id and rawId differ');
  if (Buffer.from(id, 'base64url').length > LONGEST_ID) throw new MalformedResponse('format', 'id');
  return id;
}

function objectIn(
  container: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>> {
  const value = container[name];
  if (!isObject(value)) throw new MalformedResponse('format', name);
  return value;
}

function binaryIn(container: Readonly<Record<string, unknown>>, name: string): string {
  const value = container[name];
  if (typeof value !== 'string' || value.length > LONGEST || !BASE64URL.test(value)) {
    throw new MalformedResponse('format', name);
  }
  return value.replace(/=+$/, '');
}

function transportsOf(given: unknown): readonly KeyTransport[] {
  return Array.isArray(given) ? KEY_TRANSPORTS.filter((known) => given.includes(known)) : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
