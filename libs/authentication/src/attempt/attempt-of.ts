import type { RandomSource } from '@app/kernel';
import type { ConfigurationSnapshot } from '@app/realms';
import type { AskedText, Token } from '@app/tokens';

import { drawTransactionId } from '../challenges/challenge.js';
import { ANYWHERE, type GuessLimits } from '../guessing/guess-limits.js';
import { type LoginRequest, NO_QUESTION } from '../login-request.js';
import { recipientsOf } from '../login-scene.js';
import type { LoginAttempt } from '../login.js';
import type { DevicePolicies } from '../policies/device-policies.js';
import type { KeyPolicies } from '../policies/key-policies.js';
import { LoginPolicies } from '../policies/login-policies.js';
import type { ReadLogin } from './read-login.js';

const QUESTION_BYTES = 32;
const NOTHING_DRAWN = new Uint8Array();
const NOTHING_TOLD: AskedText = { text: '', contentType: '', callbackId: '' };

/** By what a login is decided beside what was read of it. */
export interface AttemptTerms {
  readonly configuration: ConfigurationSnapshot;
  readonly policies: LoginPolicies;
  readonly devices: DevicePolicies;
  readonly keyPolicies: KeyPolicies;
  readonly limits: GuessLimits;
  readonly random: RandomSource;
  /** How long a message may be on its way. */
  readonly deliverySeconds: number;
  /** The token that was enrolled for this very login; `null`: none. */
  readonly enrolled: Token | null;
}

/** What a request asks for, in terms of what is decided: all that is random is drawn here. */
export function attemptOf(
  request: LoginRequest,
  { snapshot, subject, concerned, hasSent, hasAsked, hasDevice, hasKey, keys, isByTransaction }: ReadLogin,
  { configuration, policies, devices, keyPolicies, limits, random, deliverySeconds, enrolled }: AttemptTerms,
): LoginAttempt {
  const { settings } = configuration;
  const own = request.by.kind === 'own' ? request.by.as : undefined;
  const isDrawn = hasSent || hasDevice;
  const drawsQuestion = hasAsked || hasKey;
  const mayChallenge = isDrawn || drawsQuestion || own || LoginPolicies.mayChallenge(configuration.policies);
  return {
    subject,
    password: request.password,
    confirms: request.confirms ?? null,
    typeLabel: request.typeLabel,
    path: request.path,
    accessTimeFormat: settings.accessTimeFormat,
    prependPin: settings.prependPin,
    resetsFailures: settings.resetsFailures,
    autoResyncSeconds: settings.autoResyncSeconds,
    policies,
    needsAuthorization: isByTransaction ? subject.kind === 'user' : request.needsAuthorization,
    transaction: request.transaction,
    challenging: {
      id: mayChallenge ? drawTransactionId(random, settings.challenges.idLength) : '',
      realm: concerned.scene.realm.toLowerCase(),
      settings: settings.challenges,
      hasText: request.hasText,
      drawn: isDrawn ? Buffer.from(random.bytes(8)).readBigUInt64BE() : 0n,
      drawnForQuestion: drawsQuestion ? random.bytes(QUESTION_BYTES) : NOTHING_DRAWN,
      question: request.question ?? NO_QUESTION,
      asksUnproven: request.asksUnproven ?? false,
      ocra: settings.ocra,
      deliverySeconds,
      mayOmitPin: request.mayOmitPin,
      wantsSms: request.wantsSms ?? false,
    },
    guessing: { limits, origin: request.network ?? ANYWHERE },
    acceptsUnknownUsers: settings.acceptsUnknownUsers,
    acceptsUsersWithoutToken: settings.acceptsUsersWithoutToken,
    hasOtherTokens: snapshot.hasOtherTokens,
    recipients: recipientsOf(concerned.holder),
    enrolled,
    mayBeForwarded: request.forwarded !== undefined,
    hops: request.hops ?? 0,
    ...(own && { own }),
    ...(isByTransaction && { isByTransaction }),
    ...(hasKey && { keyPolicies }),
    ...(hasDevice && { device: { asked: request.asked ?? NOTHING_TOLD, policies: devices, keys } }),
  };
}
