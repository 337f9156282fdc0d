import { createHash } from 'node:crypto';

import { isSameText } from '../same-text.js';

/** What the browser calls it. Signatures by U2F come from browsers of old, and from newer ones in their form. */
const TYPES = {
  'webauthn.create': ['webauthn.create'],
  'webauthn.get': ['webauthn.get'],
  'u2f.sign': ['navigator.id.getAssertion', 'webauthn.get'],
} as const;

/** By what an answer is known to be for this server, and for this question (WebAuthn Level 3 §7.1, §7.2). */
export interface Ceremony {
  readonly type: keyof typeof TYPES;
  /** In base64url without padding. */
  readonly challenge: string;
  /** The authenticator signs for one of these: relying parties, or the application id of an older key. */
  readonly rpIds: readonly string[];
  /** Where the browser was: a relying party's own pages, or one of these origins exactly. */
  readonly at: { readonly rpId: string } | { readonly origins: readonly string[] };
  /** Whether the authenticator has to have verified its user, by a PIN of its own or a finger. */
  readonly requiresUserVerification: boolean;
}

/** What the browser says (WebAuthn Level 3 §5.8.1). */
interface ClientData {
  readonly type: string;
  readonly challenge: string;
  readonly origin: string;
  readonly isCrossOrigin: boolean;
}

/** What the authenticator says (WebAuthn Level 3 §6.1). */
export interface AuthenticatorData {
  readonly rpIdHash: Buffer;
  readonly flags: number;
  readonly signCount: number;
  readonly isUserPresent: boolean;
  readonly isUserVerified: boolean;
  readonly isBackupEligible: boolean;
  readonly isBackedUp: boolean;
}

const FLAGS = { userPresent: 0x01, userVerified: 0x04, backupEligible: 0x08, backedUp: 0x10 };
const HASH_BYTES = 32;
const LEAST_BYTES = HASH_BYTES + 1 + 4;

/** @param encoded in base64url @returns why the answer is not for this ceremony; `null`: nothing speaks against it */
export function clientDataProblem(encoded: string, ceremony: Ceremony): string | null {
  const data = clientDataIn(encoded);
  const types: readonly string[] = TYPES[ceremony.type];
  if (!data || !types.includes(data.type)) return 'Incorrect type in CollectedClientData.';
  if (!isSameText(ceremony.challenge, data.challenge.replace(/=+$/, '')))
    return 'Wrong challenge in response.';
  // Whose page embeds ours is nobody who may ask for a key.
  if (data.isCrossOrigin || !isFrom(data.origin, ceremony)) return 'Invalid origin in CollectedClientData.';
  return null;
}

/** The origin as the browser says it; `''`: it says none. */
export function originIn(encoded: string): string {
  return clientDataIn(encoded)?.origin ?? '';
}

/** @returns `null` for what is too short to be that */
export function readAuthenticatorData(bytes: Uint8Array): AuthenticatorData | null {
  if (bytes.length < LEAST_BYTES) return null;
  const data = Buffer.from(bytes);
  const flags = data.readUInt8(HASH_BYTES);
  const has = (flag: number) => (flags & flag) !== 0;
  return {
    rpIdHash: data.subarray(0, HASH_BYTES),
    flags,
    signCount: data.readUInt32BE(HASH_BYTES + 1),
    isUserPresent: has(FLAGS.userPresent),
    isUserVerified: has(FLAGS.userVerified),
    isBackupEligible: has(FLAGS.backupEligible),
    isBackedUp: has(FLAGS.backedUp),
  };
}

/** @returns why the authenticator does not speak for this ceremony; `null`: nothing speaks against it */
export function authenticatorDataProblem(data: AuthenticatorData | null, ceremony: Ceremony): string | null {
  if (!data) return 'Authenticator data is too short.';
  const isForUs = ceremony.rpIds.some((id) => createHash('sha256').update(id).digest().equals(data.rpIdHash));
  if (!isForUs) return 'Wrong RP ID hash in response.';
  if (!data.isUserPresent) return 'User Present flag not set.';
  if (ceremony.requiresUserVerification && !data.isUserVerified) {
    return 'User verification required, but User Verified flag not set.';
  }
  if (data.isBackedUp && !data.isBackupEligible) return 'Backup flags contradict each other.';
  return null;
}

function clientDataIn(encoded: string): ClientData | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(
      Buffer.from(encoded, 'base64url')
        .toString('utf8')
        .replace(/^\uFEFF/, ''),
    );
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  const said: Record<string, unknown> = { ...parsed };
  // The name of old (FIDO U2F Raw Message Formats §7).
  const { type = said['typ'], challenge, origin, crossOrigin = false, topOrigin } = said;
  if (typeof type !== 'string' || typeof challenge !== 'string' || typeof origin !== 'string') return null;
  return { type, challenge, origin, isCrossOrigin: crossOrigin !== false || topOrigin !== undefined };
}

/** The host is the relying party's id or below it, by HTTPS; by HTTP on the machine itself alone (WebAuthn Level 3 §5.1.3). */
function isFrom(origin: string, { at }: Ceremony): boolean {
  if ('origins' in at) return at.origins.includes(origin);
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  // Nothing else stands in an origin.
  if (url.origin !== origin) return false;
  const host = url.hostname;
  const isLocal = host === 'localhost' || host.endsWith('.localhost');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal)) return false;
  return host === at.rpId || (isDomain(at.rpId) && host.endsWith(`.${at.rpId}`));
}

/** Below a single word, which is the name of a machine or of a registry, stand the pages of others. */
function isDomain(rpId: string): boolean {
  return rpId.includes('.') || rpId === 'localhost';
}
