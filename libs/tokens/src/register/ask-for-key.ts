import type { RandomSource } from '@app/kernel';
import type { ConfigurationSnapshot, RealmUser } from '@app/realms';

import type { InfoChanges, Token, TokenInfo } from '../token.js';
import type { TokenTransaction } from '../token-administration.js';
import { challengeSeconds } from '../types/challenge-seconds.js';
import {
  PHASE,
  REGISTRATION,
  RESIDENT,
  RP_ID,
  UNTIL,
  USER_HANDLE,
  storedKey,
} from '../types/fido2/stored-key.js';
import { REQUIREMENTS, type Requirement } from '../types/security-key/key-challenge.js';
import type { RegistrationTerms } from './registration-policies.js';
import { WrongKeyPhase } from './registration.errors.js';

/**
 * Algorithms of keys, the best first (COSE): ES256, EdDSA, ES384, ES512, PS256, RS256. LinOTP asks for secp256k1 (−47) as well, whose
 * signatures nobody here could check.
 */
export const KEY_ALGORITHMS: readonly number[] = [-7, -8, -35, -36, -37, -257];

const CHALLENGE_BYTES = 32;
const HANDLE_BYTES = 32;
/** In UTF-8: authenticators may cut what is longer (WebAuthn Level 3 §5.4.1, §5.4.3). */
const LONGEST_NAME = 64;

/** What a browser is to be told (WebAuthn Level 3 §5.4), and what the token remembers of it. */
export interface KeyRequest {
  readonly request: object;
  readonly info: InfoChanges;
}

/** What was asked, as the token remembers it. */
export interface AskedKey {
  readonly challenge: string;
  readonly userVerification: Requirement;
  readonly residentKey: string;
  readonly rpId: string;
  readonly until: Date;
}

/** How a user is called in the authenticator. */
export interface KeyUser {
  readonly name: string;
  readonly displayName: string;
}

/** The other tokens of the user with keys for the same relying party. */
export async function otherKeys(
  tokens: TokenTransaction,
  { references, realm }: Pick<RealmUser, 'references' | 'realm'>,
  rpId: string,
  serial: string | null,
): Promise<readonly Token[]> {
  const found = await tokens.find({ owner: { references, realm } });
  return found.filter((token) => token.serial !== serial && token.info[RP_ID] === rpId);
}

/**
 * Asks for a key (spec/token-types §20.1). A user is the same one for all their keys of a relying party: by a random handle, which
 * tells an authenticator that is lost nothing of them.
 * @param others of the user, with keys of their own: an authenticator that has one of these is not to make another one
 */
export function askForKey(
  terms: RegistrationTerms,
  { name, displayName }: KeyUser,
  others: readonly Token[],
  { random, now, settings }: { random: RandomSource; now: Date; settings: ConfigurationSnapshot['settings'] },
): KeyRequest {
  const challenge = Buffer.from(random.bytes(CHALLENGE_BYTES)).toString('base64url');
  const known = others.map(({ info }) => info[USER_HANDLE]).find((handle) => typeof handle === 'string');
  const handle = known ?? Buffer.from(random.bytes(HANDLE_BYTES)).toString('base64url');
  const seconds = challengeSeconds({ type: 'fido2', info: {} }, settings.challenges);
  const { rpId, rpName, conveyance, userVerification, residentKey, authenticatorTypes } = terms;
  const excluded = others.flatMap((token) => storedKey(token) ?? []);
  const attachment = attachmentFor(authenticatorTypes);
  return {
    request: {
      rp: { name: rpName, id: rpId },
      user: { name: cut(name), id: handle, displayName: cut(displayName) },
      challenge,
      pubKeyCredParams: KEY_ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
      timeout: seconds * 1000,
      excludeCredentials: excluded.map(({ credential_id: id, transports }) => ({
        type: 'public-key',
        id,
        ...(transports && { transports }),
      })),
      authenticatorSelection: {
        ...(attachment && { authenticatorAttachment: attachment }),
        residentKey,
        userVerification,
        requireResidentKey: residentKey === 'required',
      },
      attestation: conveyance,
      extensions: { credProps: true },
      ...(authenticatorTypes.length > 0 && { hints: authenticatorTypes }),
    },
    info: {
      [PHASE]: 'registration',
      [RP_ID]: rpId,
      rp_name: rpName,
      attestation_conveyance: conveyance,
      [REGISTRATION]: JSON.stringify({ challenge, user_verification: userVerification }),
      [RESIDENT]: residentKey,
      [USER_HANDLE]: handle,
      [UNTIL]: Math.floor(now.getTime() / 1000) + seconds,
    },
  };
}

/** @throws WrongKeyPhase unless a key may be asked for, maybe once more */
export function demandUnregistered({ info }: Pick<Token, 'info'>): void {
  const phase = info[PHASE];
  if (phase !== 'registration') throw new WrongKeyPhase('begin', String(phase));
}

/** @throws WrongKeyPhase where nothing is asked */
export function askedKey({ info }: Pick<Token, 'info'>): AskedKey {
  const { challenge, user_verification: verification } = registrationIn(info);
  const rpId = info[RP_ID];
  if (info[PHASE] !== 'registration' || typeof challenge !== 'string' || typeof rpId !== 'string') {
    throw new WrongKeyPhase('finish', String(info[PHASE]));
  }
  return {
    challenge,
    rpId,
    userVerification: REQUIREMENTS.find((one) => one === verification) ?? 'required',
    residentKey: String(info[RESIDENT] ?? 'preferred'),
    until: new Date(Number(info[UNTIL] ?? 0) * 1000),
  };
}

function registrationIn(info: TokenInfo): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(String(info[REGISTRATION] ?? '{}'));
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}

/** Where all that are wanted are of one kind. */
function attachmentFor(types: readonly string[]): 'platform' | 'cross-platform' | null {
  if (types.length === 0) return null;
  const isInside = (type: string) => type === 'client-device';
  if (types.every(isInside)) return 'platform';
  return types.some(isInside) ? null : 'cross-platform';
}

function cut(name: string): string {
  let shown = '';
  for (const character of name) {
    if (Buffer.byteLength(shown + character) > LONGEST_NAME) break;
    shown += character;
  }
  return shown;
}
