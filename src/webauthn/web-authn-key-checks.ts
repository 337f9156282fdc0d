import { createHash } from 'node:crypto';

import { X509Certificate } from 'node:crypto';

import {
  type AuthenticatorData,
  authenticatorDataProblem,
  clientDataProblem,
  originIn,
  readAuthenticatorData,
} from '@app/otp';
import { Unavailable } from '@app/kernel';
import type {
  AssertionCheck,
  AssertionFinding,
  KeyChecks,
  RegistrationCheck,
  RegistrationFinding,
} from '@app/tokens';
import {
  SettingsService,
  type VerifiedRegistrationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import {
  cose,
  decodeAttestationObject,
  decodeCredentialPublicKey,
  verifySignature,
} from '@simplewebauthn/server/helpers';

import { withinTime } from '../outbound/within-time.js';

/** Whose statements are about the model: those of telephones vouch for the telephone, whatever model the key says that it is. */
const FORMATS_OF_MAKERS = ['packed', 'fido-u2f', 'tpm'] as const;
const ANDROID_KEY = 'android-key';
/** Lists of certificates that were taken back are fetched from their makers. */
const LONGEST_MILLISECONDS = 10_000;
const LONGEST_REASON = 160;
/** Of DER: tags, and where a length is in the byte behind it (X.690 §8.1.3.5). */
const SEQUENCE = 0x30;
const INTEGER = 0x02;
const LENGTH_OF_ONE_BYTE = 0x81;

type Statement = ReturnType<typeof statementIn>;
type Registration = NonNullable<VerifiedRegistrationResponse['registrationInfo']>;

/** Checks by @simplewebauthn/server: CBOR, COSE, statements of makers. What is ours to demand is demanded before it is asked. */
export class WebAuthnKeyChecks implements KeyChecks {
  readonly knowsMakers: boolean;

  /** @param makers certificates in PEM: where there are any, statements have to lead to one of them */
  constructor(makers: readonly string[] = []) {
    this.knowsMakers = makers.length > 0;
    for (const identifier of this.knowsMakers ? FORMATS_OF_MAKERS : []) {
      SettingsService.setRootCertificates({ identifier, certificates: [...new Set(makers)] });
    }
  }

  async registered(check: RegistrationCheck): Promise<RegistrationFinding> {
    const { response, challenge, rpIds, requiresUserVerification, algorithms } = check;
    const problem = clientDataProblem(response.clientDataJson, check);
    if (problem) return refused(problem);
    return orRefused('The attestation is not right', async () => {
      const decoded = decodeAttestationObject(bytesOf(response.attestationObject));
      const data = readAuthenticatorData(decoded.get('authData'));
      const wrong = authenticatorDataProblem(data, check);
      if (!data || wrong) return refused(wrong ?? '');
      const fault = certificatesProblem(decoded);
      if (fault) return refused(fault);
      const { verified, registrationInfo } = await verifyRegistrationResponse({
        response: {
          id: response.id,
          rawId: response.id,
          type: 'public-key',
          response: {
            clientDataJSON: response.clientDataJson,
            attestationObject: response.attestationObject,
          },
          clientExtensionResults: {},
        },
        expectedChallenge: challenge,
        expectedOrigin: originIn(response.clientDataJson),
        expectedRPID: [...rpIds],
        requireUserVerification: requiresUserVerification,
        supportedAlgorithmIDs: [...algorithms],
      });
      if (!verified || !registrationInfo) return refused('The attestation statement is not right.');
      // Which key the statement is about, and which one the browser names, are two things.
      if (registrationInfo.credential.id !== response.id) return refused('The id is not the key’s.');
      return { kind: 'registered', key: this.#keyOf(registrationInfo, statementIn(decoded), data) };
    });
  }

  asserted(check: AssertionCheck): Promise<AssertionFinding> {
    const { response, publicKey } = check;
    const authenticatorData = bytesOf(response.authenticatorData);
    const data = readAuthenticatorData(authenticatorData);
    const problem =
      clientDataProblem(response.clientDataJson, check) ?? authenticatorDataProblem(data, check);
    if (!data || problem) return Promise.resolve(refused(problem ?? ''));
    return orRefused('The answer is not right', async () => {
      const key = bytesOf(publicKey);
      const signature = bytesOf(response.signature);
      if (cose.isCOSEPublicKeyEC2(decodeCredentialPublicKey(key)) && !isStrictDer(signature)) {
        return refused('The signature is not encoded rightly.');
      }
      const clientData = createHash('sha256').update(bytesOf(response.clientDataJson)).digest();
      const verified = await verifySignature({
        signature,
        data: new Uint8Array(Buffer.concat([authenticatorData, clientData])),
        credentialPublicKey: key,
      });
      if (!verified) return refused('The signature is not right.');
      const { signCount, isUserVerified, isBackedUp } = data;
      return { kind: 'signed', assertion: { signCount, isUserVerified, isBackedUp } };
    });
  }

  #keyOf(
    { fmt, aaguid, credential }: Registration,
    statement: Statement,
    { flags, signCount, isBackupEligible, isBackedUp, isUserVerified }: AuthenticatorData,
  ) {
    const leaf = statement.get('x5c')?.[0];
    const isOfMaker = FORMATS_OF_MAKERS.some((format) => format === fmt);
    return {
      id: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      signCount,
      aaguid: aaguid.toLowerCase(),
      format: fmt,
      algorithm: Number(decodeCredentialPublicKey(credential.publicKey).get(cose.COSEKEYS.alg)),
      flags,
      isBackupEligible,
      isBackedUp,
      isUserVerified,
      certificate: leaf ? Buffer.from(leaf).toString('base64') : null,
      isMakerTrusted: this.knowsMakers && leaf !== undefined && isOfMaker,
    };
  }
}

/** Two positive numbers in a sequence (RFC 3279 §2.2.3), in DER to the bit: the library takes much for that, and more behind it. */
function isStrictDer(signature: Uint8Array): boolean {
  const sequence = elementIn(signature, SEQUENCE);
  const first = sequence && elementIn(sequence.content, INTEGER);
  const second = first && elementIn(first.after, INTEGER);
  if (!second || sequence.after.length > 0 || second.after.length > 0) return false;
  return isPositive(first.content) && isPositive(second.content);
}

/** @returns `null` where the bytes do not begin with such an element, as short as those of signatures are */
function elementIn(
  der: Uint8Array,
  expected: number,
): { readonly content: Uint8Array; readonly after: Uint8Array } | null {
  const [tag, short = 0, long = 0] = der;
  const isLong = short === LENGTH_OF_ONE_BYTE && long >= 0x80;
  const [head, length] = isLong ? [3, long] : [2, short];
  if (tag !== expected || (!isLong && short >= 0x80) || head + length > der.length) return null;
  return { content: der.subarray(head, head + length), after: der.subarray(head + length) };
}

/** As short as it can be (X.690 §8.3.2). */
function isPositive([first = 0x80, second]: Uint8Array): boolean {
  return first < 0x80 && (first > 0 || second === undefined || second >= 0x80);
}

function statementIn(decoded: ReturnType<typeof decodeAttestationObject>) {
  return decoded.get('attStmt');
}

/**
 * What the library does not look at, or too late: it follows addresses in certificates (lists of those that were taken back), and of
 * Android's it takes whatever root comes along until that is done. Nobody but makers who are known may tell this server whom to ask.
 */
function certificatesProblem(decoded: ReturnType<typeof decodeAttestationObject>): string | null {
  const [leaf, ...issuers] = (statementIn(decoded).get('x5c') ?? []).map((der) => new X509Certificate(der));
  if (!issuers.every(({ ca }) => ca))
    return 'A certificate of the attestation statement is issued by no authority.';
  if (String(decoded.get('fmt')) !== ANDROID_KEY) return null;
  const roots = SettingsService.getRootCertificates({ identifier: ANDROID_KEY });
  const last = issuers.at(-1) ?? leaf;
  const isKnown = roots.some((pem) => last && new X509Certificate(pem).raw.equals(last.raw));
  return isKnown ? null : 'The root of the attestation statement is not known.';
}

/** What the library cannot read or does not believe is refused; what takes too long is not known. */
async function orRefused<T>(
  what: string,
  work: () => Promise<T>,
): Promise<T | { readonly kind: 'refused'; readonly reason: string }> {
  try {
    return await withinTime(LONGEST_MILLISECONDS, 'the check of a security key', work());
  } catch (error) {
    if (error instanceof Unavailable) throw error;
    const [said = ''] = (speaksOfTheAnswer(error) ? error.message : '').split(/[\p{Cc}]/u);
    return refused((said === '' ? `${what}.` : `${what}: ${said}`).slice(0, LONGEST_REASON));
  }
}

/** Whether it says what is wrong with the answer: other kinds of errors speak of the code that stumbled over it. */
function speaksOfTheAnswer(error: unknown): error is Error {
  return error instanceof Error && error.name === 'Error';
}

function refused(reason: string) {
  return { kind: 'refused', reason } as const;
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(base64url, 'base64url'));
}
