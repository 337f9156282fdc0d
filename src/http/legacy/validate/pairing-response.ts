const VERSION = 1;
/** Version, partition, a public key of 32 bytes, and a tag of 16 (spec/token-types §17.2). */
const LEAST_BYTES = 1 + 4 + 32 + 16;

/**
 * Why the answer of an app pairs nothing: no type here is paired, so that nothing opens what is encrypted in it.
 * @param response in the URL-safe form of Base64
 */
export function pairingFault(response: string): string {
  const bytes = Buffer.from(response, 'base64url');
  const version = bytes[0];
  if (bytes.length < LEAST_BYTES || version === VERSION) return 'Malformed pairing response';
  return `Unexpected pair-response version, expected: ${VERSION}, got: ${version}`;
}
