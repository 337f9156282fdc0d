import type { ConfigurationSnapshot } from '@app/realms';
import {
  AuthenticatorDenied,
  KeyRefused,
  type KeyRegistrationWish,
  type RegisterKey,
  type RegisteringTerms,
  RelyingPartyUnset,
  tokenType,
} from '@app/tokens';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { type Exchange, note } from '../../exchange.js';

/** What the browser answered, as JSON (spec/token-types §20.1). */
export const ATTESTATION = 'attestationResponse';

/** The first phase: where no policy says for whom keys are registered, the record says so. */
export async function notingMissingPolicy<T>(exchange: Exchange, enrolment: Promise<T>): Promise<T> {
  try {
    return await enrolment;
  } catch (error) {
    if (error instanceof RelyingPartyUnset) {
      note(exchange, { info: `\`fido2_rp_id=\` policy missing for realm \`${error.realm}\`` });
    }
    throw error;
  }
}

/** The second phase of an enrolment with a security key: why one is refused, the record says, too. */
export async function registeredKey(
  registerKey: RegisterKey,
  wish: KeyRegistrationWish,
  configuration: ConfigurationSnapshot,
  terms: RegisteringTerms,
  exchange: Exchange,
): Promise<LegacyReply> {
  try {
    const { serial } = await registerKey.execute(wish, configuration, terms, exchange.audit);
    exchange.isRecorded = true;
    return reply(true, { detail: { serial } });
  } catch (error) {
    if (error instanceof KeyRefused || error instanceof AuthenticatorDenied) {
      const reason = error instanceof KeyRefused ? error.reason : error.message;
      note(exchange, {
        serial: wish.serial,
        tokenType: tokenType('fido2').label,
        info: `Fido2 activation failed: ${reason}`,
      });
    }
    throw error;
  }
}
