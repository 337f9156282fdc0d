import { type KeyObject, generateKeyPairSync, sign } from 'node:crypto';

import { der } from '../servers/self-signed.js';

/** Who makes security keys and vouches for them: a root, and a certificate of the model that it issued. */
export interface KeyMaker {
  /** PEM. */
  readonly root: string;
  /** DER, the model's first. */
  readonly chain: readonly Buffer[];
  /** DER, of the root. */
  readonly rootCertificate: Buffer;
  /** Of the model: it signs what its keys say of themselves. */
  readonly key: KeyObject;
}

const ECDSA_SHA256 = der(0x30, oid('2a8648ce3d040302'));
/** id-fido-gen-ce-aaguid (WebAuthn Level 3 §8.2.1). */
const AAGUID = oid('2b0601040182e51c010104');

/** @param aaguid 16 bytes, which the certificate names */
export function givenKeyMaker(aaguid: Uint8Array, name = 'Keys of the test'): KeyMaker {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const model = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = subject([['550403', name]]);
  const root = certificate(issuer, issuer, authority.publicKey, authority.privateKey, [
    extension(oid('551d13'), der(0x30, der(0x01, Buffer.of(0xff)))),
  ]);
  const leaf = certificate(
    subject([
      ['550406', 'DE'],
      ['55040a', name],
      ['55040b', 'Authenticator Attestation'],
      ['550403', 'Model 1'],
    ]),
    issuer,
    model.publicKey,
    authority.privateKey,
    [extension(oid('551d13'), der(0x30)), extension(AAGUID, der(0x04, Buffer.from(aaguid)))],
  );
  const lines = root.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    root: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    chain: [leaf],
    rootCertificate: root,
    key: model.privateKey,
  };
}

/** RFC 5280 §4.1, version 3. */
function certificate(
  name: Buffer,
  issuer: Buffer,
  key: KeyObject,
  signer: KeyObject,
  extensions: readonly Buffer[],
): Buffer {
  const content = der(
    0x30,
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(1)),
    ECDSA_SHA256,
    issuer,
    der(0x30, der(0x17, Buffer.from('200101000000Z')), der(0x17, Buffer.from('491231235959Z'))),
    name,
    key.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, ...extensions)),
  );
  return der(0x30, content, ECDSA_SHA256, der(0x03, Buffer.of(0), sign('sha256', content, signer)));
}

function subject(attributes: readonly (readonly [type: string, value: string])[]): Buffer {
  const sets = attributes.map(([type, value]) =>
    der(0x31, der(0x30, oid(type), der(type === '550406' ? 0x13 : 0x0c, Buffer.from(value)))),
  );
  return der(0x30, ...sets);
}

function extension(type: Buffer, value: Buffer): Buffer {
  return der(0x30, type, der(0x04, value));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}
