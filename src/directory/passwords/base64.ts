/** The bytes of strict base64 text, padded or not; `null` for anything else. Node's own decoder passes over what it does not know. */
export function fromBase64(text: string): Buffer | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  return Buffer.from(text, 'base64');
}
