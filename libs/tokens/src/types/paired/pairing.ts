import type { PairedType } from '@app/otp';

import type { Token } from '../../token.js';

/** How far a token is with which an app on a device has to be paired (spec/token-types §18.1, §19.1). */
export type PairingStage =
  /** Its URL was given out. */
  | 'invited'
  /** An app has answered. */
  | 'paired'
  /** Its device was asked for the first time. */
  | 'asked'
  /** And has answered: the token can be used. */
  | 'complete';

/** Of a type whose OTPs are the answers of a paired device. */
export interface Pairing {
  readonly type: PairedType;
  /** The stages, by their names in a token's info. */
  readonly states: Readonly<Record<PairingStage, string>>;
  /** Where the device's public key stands in it, in Base64. */
  readonly keyName: string;
  /** Whether the device has TANs for those whose telephone is offline. */
  readonly hasTans: boolean;
  /** Whether an app may answer once more, from another address, and administrators take the pairing away. */
  readonly isRepaired: boolean;
  readonly isUnpaired: boolean;
}

/** Entries of a token's info that are ours, beside LinOTP's: until when it may be paired, and by what it was. */
export const PAIRING_UNTIL = 'pairing_until';
export const PAIRED_BY = 'paired_by';
const STAGES: readonly PairingStage[] = ['invited', 'paired', 'asked', 'complete'];

/** @returns `null` for a state that is none */
export function stageIn({ states }: Pairing, { info }: Pick<Token, 'info'>): PairingStage | null {
  return STAGES.find((stage) => states[stage] === info['state']) ?? null;
}

/** Whether its device may be asked, and answer, although it is not switched on before it has. */
export function isBeingPaired(pairing: Pairing, token: Pick<Token, 'info'>): boolean {
  const stage = stageIn(pairing, token);
  return stage === 'paired' || stage === 'asked';
}

/** As the app knows the token; `null`: it is paired with none. */
export function deviceOf(
  { keyName }: Pairing,
  { info }: Pick<Token, 'info'>,
): { readonly tokenNumber: number; readonly publicKey: Buffer } | null {
  const { user_token_id: tokenNumber, [keyName]: key } = info;
  if (typeof tokenNumber !== 'number' || typeof key !== 'string') return null;
  return { tokenNumber, publicKey: Buffer.from(key, 'base64') };
}

/** Whose keys the server has for it; `null`: it is not known. */
export function partitionOf({ info }: Pick<Token, 'info'>): number | null {
  const { partition } = info;
  return typeof partition === 'number' && Number.isInteger(partition) && partition >= 0 ? partition : null;
}
