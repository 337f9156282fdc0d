import { type PairedType, TAN_DIGITS, pairingUrl } from '@app/otp';
import { Invalid } from '@app/kernel';
import type { ConfigurationSnapshot } from '@app/realms';

import type { InfoChanges, Token } from '../token.js';
import type { CallbackPlaces } from '../types/paired/device-challenge.js';
import { PAIRING_UNTIL, type Pairing } from '../types/paired/pairing.js';
import { withdrawn } from '../types/paired/void-pairing.js';
import type { PairingPolicies } from './pairing-policies.js';
import type { PartitionKeys } from './partition-keys.js';

/** What is needed to invite an app, asked for before a token is enrolled. */
export interface InvitationTerms {
  readonly partition: number;
  readonly publicKey: Uint8Array;
  readonly places: CallbackPlaces;
}

/** @param callbackId of one of several places where the app may answer; `''`: the usual one @throws PairingUnset, Unavailable */
export async function invitationTerms(
  type: PairedType,
  policies: PairingPolicies,
  keys: PartitionKeys,
  callbackId: string,
): Promise<InvitationTerms> {
  const places = policies.places(type, callbackId);
  const partition = policies.partition();
  const { publicKey } = await keys.make(partition);
  return { partition, publicKey, places };
}

/** What a token's info says while it waits for its app: the URL is good once, and for so long. Answers of before stay used. */
export function invited(
  pairing: Pairing,
  { settings }: Pick<ConfigurationSnapshot, 'settings'>,
  now: Date,
): InfoChanges {
  const until = Math.floor(now.getTime() / 1000) + settings.pairingSeconds;
  return { ...withdrawn(pairing), [PAIRING_UNTIL]: until };
}

/** @throws Invalid for a number of digits that no app has */
export function invitationUrl(
  pairing: Pairing,
  { serial, digits }: Pick<Token, 'serial' | 'digits'>,
  { partition, publicKey, places }: InvitationTerms,
  { settings }: Pick<ConfigurationSnapshot, 'settings'>,
): string {
  const { fewest, most } = TAN_DIGITS;
  if (pairing.hasTans && (digits < fewest || digits > most)) {
    throw new Invalid('otplen', `Pin length must be in the range ${fewest}..${most}`);
  }
  return pairingUrl(settings.challenges.appScheme, {
    type: pairing.type,
    partition,
    publicKey,
    serial,
    callbackUrl: places.url,
    callbackSms: places.sms,
    digits: pairing.hasTans ? digits : null,
  });
}
