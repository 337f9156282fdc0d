import {
  EnrolOwnToken,
  RegisterKey,
  SelfServiceDenied,
  type SelfServicePolicies,
  type TokenTypeId,
} from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../../envelope/envelope.js';
import { Changes, LegacyController } from '../../../envelope/routes/legacy-controller.js';
import type { Parameters } from '../../../envelope/parameters/parameters.js';
import { typeByWireName, wireTypeName } from '../../../envelope/parameters/token-type-names.js';
import { WireError } from '../../../envelope/errors/wire-error.js';
import type { ExchangeRequest } from '../../../exchange.js';
import type { RawReply } from '../../../server/raw-reply.js';
import { currentUserOf } from '../../../session/users/cookie-user-session-check.js';
import { EnrolmentEcho } from '../../admin/enrol/enrolment-echo.js';
import { enrolmentDetail, pictureReply } from '../../admin/enrol/enrolment-detail.js';
import { parseEnrolment } from '../../admin/enrol/enrolment-parameters.js';
import { ATTESTATION, notingMissingPolicy } from '../../tokens/key-registration.js';
import { pythonQuoted } from '../../python-text.js';
import { CALLBACK } from '../../question-parameters.js';
import { registeredOwnKey } from '../activation/own-key-registration.js';
import { requiredOwnText } from '../own/required-own-text.js';
import { ownEnrolmentParameters } from './own-enrolment-parameters.js';

/** `/userservice/enroll` (spec/validate-api §4.10). */
@LegacyController('userservice', 'users')
export class OwnEnrolmentController {
  constructor(
    private readonly enrolOwnToken: EnrolOwnToken,
    private readonly registerKey: RegisterKey,
    private readonly echo: EnrolmentEcho,
  ) {}

  @Changes('enroll', {
    right: 'user',
    countsTokens: true,
    summary: 'Enrol a token of one’s own',
    parameters: [
      {
        name: 'type',
        description:
          'hmac, totp, motp, pw, dpw, spass, sms, email, remote, radius, forward, yubico, ocra2, qr, push or fido2',
        required: true,
      },
      { name: 'pin', description: 'token PIN: needed with the right to set PINs, refused without it' },
      { name: 'serial', description: 'generated if absent; of no token that there is' },
      { name: 'prefix', description: 'what a generated serial begins with' },
      { name: 'description', description: 'up to 80 characters' },
      { name: 'otpkey', description: 'seed in hexadecimal, made by the server if absent; password (pw)' },
      { name: 'otppin', description: 'the PIN that the device asks for (motp)' },
      { name: 'phone', description: 'number that the OTPs go to (sms)' },
      { name: 'email_address', description: 'address that the OTPs go to (email)' },
      { name: 'otplen', description: '6 or 8 (hmac, sms, email)' },
      { name: 'hashlib', description: 'sha1, sha256 or sha512 (hmac)' },
      { name: 'totp_otplen', description: '6 or 8 (totp)' },
      { name: 'totp_hashlib', description: 'sha1, sha256 or sha512 (totp)' },
      { name: 'timeStep', description: '30 or 60 seconds (totp)' },
      { name: 'onetime', description: 'good for one login (pw, spass)' },
      { name: 'remote.user', description: 'who they are on the server that settings name (remote)' },
      { name: 'remote.serial', description: 'their token there, instead (remote)' },
      { name: 'radius.user', description: 'who they are on the servers that settings name (radius)' },
      { name: 'forward.serial', description: 'a token of theirs whose OTPs are taken (forward)' },
      { name: 'yubico.tokenid', description: 'the first 12 letters of its values (yubico)' },
      { name: ATTESTATION, description: 'second phase: what the browser answered, with the serial (fido2)' },
      { name: 'genkey', description: '1: the server makes the seed (ocra2)' },
      { name: 'ocrasuite', description: 'how OTPs are computed, as RFC 6287 has it (ocra2)' },
      { name: 'ocrapin', description: 'the PIN that the device asks for (ocra2)' },
      { name: 'sharedsecret', description: '1: enrolled through the app, in two phases (ocra2)' },
      ...CALLBACK,
      { name: 'qr', description: 'png, img or html: answers with the enrolment QR code' },
    ],
  })
  async enroll(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply | RawReply> {
    const { parameters } = exchange;
    const { user, policies, configuration } = currentUserOf(exchange);
    const type = requestedType(parameters, policies);
    const allowed = ownEnrolmentParameters(parameters, type, configuration.entries);
    if (!allowed) throw new SelfServiceDenied(rightToEnrol(wireTypeName(type)));
    const attestation = type === 'fido2' ? allowed.text(ATTESTATION) : null;
    if (attestation !== null) {
      const serial = requiredOwnText(allowed, 'serial');
      return registeredOwnKey(this.registerKey, serial, attestation, exchange);
    }
    const wish = parseEnrolment(allowed, type, null);
    const enrolling = this.enrolOwnToken.execute(wish, user, policies, configuration, exchange.audit);
    const enrolled = await notingMissingPolicy(exchange, enrolling);
    exchange.isRecorded = true;

    const isGiven = wish.seed !== null || wish.password !== null || wish.info !== undefined;
    const given = isGiven ? allowed.text('otpkey') : null;
    // A PIN that was made up is not told (spec/validate-api §4.10).
    const detail = enrolmentDetail({ ...enrolled, newPin: null }, given, this.echo.always || !given);
    return pictureReply(parameters, detail) ?? reply(true, { detail });
  }
}

/** @throws SelfServiceDenied unless the user may enrol it; WireError where nobody can here */
function requestedType(parameters: Parameters, policies: SelfServicePolicies): TokenTypeId {
  const name = requiredOwnText(parameters, 'type');
  // Nothing else is the name of a right.
  const right = /^\w+$/.test(name) ? rightToEnrol(name) : null;
  if (right === null || !policies.may(right)) throw new SelfServiceDenied(right ?? 'enroll');
  const type = typeByWireName(name);
  if (type === null)
    throw new WireError(1610, `[initToken] failed: unknown token type ${pythonQuoted(name)}`);
  return type;
}

function rightToEnrol(name: string): string {
  return `enroll${name.toUpperCase()}`;
}
