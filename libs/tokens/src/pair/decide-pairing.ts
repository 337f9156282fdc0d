import type { PairingResponse } from '@app/otp';

import type { InfoChanges, Token } from '../token.js';
import { PAIRED_BY, PAIRING_UNTIL, type Pairing, partitionOf, stageIn } from '../types/paired/pairing.js';
import { tokenType } from '../types/registry.js';
import { PairingRefused, WrongPairingState } from './pairing.errors.js';

/** An answer of an app, with what it takes to know it again. */
export interface PairingAnswer {
  readonly response: PairingResponse;
  readonly partition: number;
  /** Of all its bytes. */
  readonly digest: string;
}

/** How often an app may tell that it is reached somewhere else. */
const MOST_ANSWERS = 50;

/**
 * What an app's answer makes of a token (spec/token-types §17.2, §19.1): a URL pairs one app, once and for a while. An app
 * that is known may tell its new address, as long as its key is the same; no answer counts twice.
 *
 * @param token `null`: there is none of this serial
 * @throws PairingRefused, WrongPairingState
 */
export function decidePairing(token: Token | null, answer: PairingAnswer, now: Date): InfoChanges {
  const { response, partition, digest } = answer;
  if (!token) throw new PairingRefused('no token has the serial in pairing response');
  const { pairing } = tokenType(token.type);
  if (pairing?.type !== response.type) {
    throw new PairingRefused("Serial in pairing response doesn't match supplied token_type");
  }
  if (partitionOf(token) !== partition) {
    throw new PairingRefused("Partition in pairing response doesn't match that of the token");
  }
  const stage = stageIn(pairing, token);
  const digests = String(token.info[PAIRED_BY] ?? '')
    .split(' ')
    .filter(Boolean);
  if (digests.includes(digest)) throw new PairingRefused('the pairing response was used before');
  const used = [...digests, digest].join(' ');
  if (stage === 'invited') {
    const until = Number(token.info[PAIRING_UNTIL] ?? 0);
    if (!(now.getTime() < until * 1000)) throw new PairingRefused('the pairing URL has expired');
    if (digests.length >= MOST_ANSWERS) throw new PairingRefused('the token was paired too often');
    return { ...saidBy(response, pairing), state: pairing.states.paired, [PAIRED_BY]: used };
  }
  if (stage === null || !pairing.isRepaired) {
    throw new WrongPairingState(token.serial, String(token.info['state'] ?? ''));
  }
  if (token.info[pairing.keyName] !== response.publicKey.toString('base64')) {
    throw new PairingRefused("re-pairing: public keys don't match");
  }
  if (stage === 'complete' && !token.active) throw new PairingRefused('Token inactive');
  if (stage === 'paired' && token.info['gda'] !== response.address) {
    throw new PairingRefused('spoofing detection - aborted!');
  }
  if (digests.length >= MOST_ANSWERS) throw new PairingRefused('the token was paired too often');
  if (stage === 'complete') return { gda: response.address, [PAIRED_BY]: used };
  return { ...saidBy(response, pairing), state: pairing.states.paired, [PAIRED_BY]: used };
}

function saidBy(
  { type, tokenNumber, publicKey, login, address }: PairingResponse,
  { keyName }: Pairing,
): InfoChanges {
  return {
    user_token_id: tokenNumber,
    [keyName]: publicKey.toString('base64'),
    ...(type === 'push' && { user_login: login, gda: address }),
    [PAIRING_UNTIL]: null,
  };
}
