import { type LegacyReply, reply } from '../../envelope/envelope.js';
import type { Parameters } from '../../envelope/parameters/parameters.js';
import { UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';
import { type Exchange, note } from '../../exchange.js';

const LEAST_KEYS = 10;
const LONGEST_LICENSE = 16_384;
/** In the order in which they stand in a license. */
const MARKERS = [
  '-----BEGIN LICENSE-----',
  '-----END LICENSE-----',
  '-----BEGIN LICENSE SIGNATURE-----',
  '-----END LICENSE SIGNATURE-----',
] as const;
const BASE64 = /^[A-Za-z0-9+/=\s]+$/;

/** `getSupportInfo`: nobody has a license here (spec/system-api §9, recording 307). */
export function supportInfo(exchange: Exchange): LegacyReply {
  note(exchange, { succeeded: true });
  return reply({});
}

/** `isSupportValid`: as a LinOTP without a license (recording 308). */
export function supportValidity(exchange: Exchange): never {
  // The record says no more than that it was not so (recording 312).
  note(exchange, { info: '' });
  throw new WireError(UNSPECIFIC, 'Support not available, your product is unlicensed');
}

/** `setSupport`: says what is wrong with a license. None can be right: no vendor signs licenses of this product. */
export function refusedLicense(parameters: Parameters): WireError {
  const text = parameters.files.get('license')?.content.toString('utf8') ?? parameters.text('license');
  if (text === null) return new WireError(UNSPECIFIC, "No key 'license' in the upload request");
  return new WireError(
    UNSPECIFIC,
    isLicense(text) ? 'signature could not be verified!' : 'Format error - not a valid license file!',
  );
}

/** Whether the text has a license's form: lines `key=value`, and a signature in base64. */
export function isLicense(text: string): boolean {
  if (text.length > LONGEST_LICENSE) return false;
  const parts = partsBetween(text.replaceAll('\r\n', '\n'));
  if (!parts) return false;
  const [before, lines, between, signature, after] = parts;
  if ([before, between, after].some((part) => part.trim() !== '') || !BASE64.test(signature)) return false;
  const keys = new Set<string>();
  for (const line of lines.split('\n').filter((one) => one.trim() !== '')) {
    const equals = line.indexOf('=');
    if (equals < 1) return false;
    keys.add(line.slice(0, equals).trim());
  }
  return keys.size >= LEAST_KEYS && Buffer.from(signature, 'base64').length > 0;
}

/** What stands before, between and behind the markers; `null` where one is missing. */
function partsBetween(text: string): [string, string, string, string, string] | null {
  const parts: string[] = [];
  let rest = text;
  for (const marker of MARKERS) {
    const place = rest.indexOf(marker);
    if (place < 0) return null;
    parts.push(rest.slice(0, place));
    rest = rest.slice(place + marker.length);
  }
  const [before = '', lines = '', between = '', signature = ''] = parts;
  return [before, lines, between, signature, rest];
}
