/** Of hashes that everybody may know: how long it takes tells nothing. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
