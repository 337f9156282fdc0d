import { type Activation, ActivateOcraToken } from '@app/authentication';
import { Configuration, type RealmUser } from '@app/realms';
import type { AdminRights } from '@app/policies';
import {
  EnrolmentRights,
  EnrolToken,
  KeyOwnerMissing,
  type KeyRegistrationWish,
  RegisterKey,
  type Token,
  type TokenTypeId,
} from '@app/tokens';
import { Req } from '@nestjs/common';

import { LegacyReply, reply } from '../../../envelope/envelope.js';
import { Changes, LegacyController } from '../../../envelope/routes/legacy-controller.js';
import { rightsOf } from '../../../envelope/access/rights.guard.js';
import { wireTypeName } from '../../../envelope/parameters/token-type-names.js';
import type { Exchange, ExchangeRequest } from '../../../exchange.js';
import type { RawReply } from '../../../server/raw-reply.js';
import { ATTESTATION, notingMissingPolicy, registeredKey } from '../../tokens/key-registration.js';
import { activatedDetail } from '../../tokens/ocra-detail.js';
import { QUESTION, questionOf } from '../../question-parameters.js';
import { requiredText } from '../../required-text.js';
import { RequestUsers, permitted } from '../../users/request-user.js';
import { EnrolmentEcho } from './enrolment-echo.js';
import { enrolmentDetail, pictureReply } from './enrolment-detail.js';
import { enrolmentType, parseEnrolment } from './enrolment-parameters.js';

/** `/admin/init` (spec/admin-api §3.3). */
@LegacyController('admin')
export class TokenEnrolmentController {
  constructor(
    private readonly enrolToken: EnrolToken,
    private readonly activateOcraToken: ActivateOcraToken,
    private readonly registerKey: RegisterKey,
    private readonly configuration: Configuration,
    private readonly users: RequestUsers,
    private readonly echo: EnrolmentEcho,
  ) {}

  @Changes('init', {
    right: 'own',
    countsTokens: true,
    summary: 'Enrol a token',
    parameters: [
      {
        name: 'type',
        description:
          'hmac (default), totp, motp, pw, dpw, spass, yubikey, sms, email, voice, qr, push, remote, radius, forward, yubico, ocra2 or fido2',
      },
      { name: 'serial', description: 'generated if absent; an existing one is enrolled anew' },
      { name: 'prefix', description: 'what a generated serial begins with' },
      {
        name: 'otpkey',
        description: 'seed in hexadecimal; the password of a pw token, the text of a dpw token',
      },
      { name: 'genkey', description: '1: the server makes the seed' },
      { name: 'onetime', description: 'good for one login (pw, spass)' },
      { name: 'otppin', description: 'the PIN that the device asks for (motp)' },
      { name: 'phone', description: 'number that the OTPs go to (sms, voice)' },
      { name: 'email_address', description: 'address that the OTPs go to (email)' },
      { name: 'public_uid', description: 'what all its values begin with, in modhex (yubikey)' },
      { name: 'remote.server', description: 'URL of the server that is asked (remote)' },
      { name: 'remote.local_checkpin', description: '1 (default): the PIN is checked here (remote)' },
      { name: 'remote.serial', description: 'serial of the token there (remote)' },
      { name: 'remote.user', description: 'user there (remote)' },
      { name: 'remote.realm', description: 'realm of the user there (remote)' },
      { name: 'remote.resConf', description: 'resolver of the user there (remote)' },
      { name: 'radius.server', description: 'host or host:port; several with commas (radius)' },
      { name: 'radius.user', description: 'user there (radius)' },
      { name: 'radius.secret', description: 'the secret that is shared with it (radius)' },
      { name: 'radius.local_checkpin', description: '0 (default): the PIN is checked there (radius)' },
      { name: 'forward.serial', description: 'the token whose OTPs are taken (forward)' },
      { name: 'yubico.tokenid', description: 'the first 12 letters of its values (yubico)' },
      { name: 'ocrasuite', description: 'how OTPs are computed, as RFC 6287 has it (ocra2)' },
      { name: 'ocrapin', description: 'the PIN that the device asks for (ocra2)' },
      { name: 'sharedsecret', description: '1: enrolled through the app, in two phases (ocra2)' },
      { name: 'activationcode', description: 'second phase: what the app shows its user (ocra2)' },
      { name: 'message', description: 'what the question of the second phase shows (ocra2)' },
      ...QUESTION,
      { name: ATTESTATION, description: 'second phase: what the browser answered, with the serial (fido2)' },
      { name: 'user', description: 'owner, as login or login@realm' },
      { name: 'realm', description: 'realm of the owner; also a realm of the token' },
      { name: 'resConf', description: 'resolver of the owner' },
      { name: 'pin', description: 'token PIN' },
      { name: 'otplen', description: '6 or 8; characters of a value (yubikey, dpw), 6 to 12 of a TAN (qr)' },
      { name: 'hashlib', description: 'sha1, sha256 or sha512' },
      { name: 'timeStep', description: '30 or 60 seconds (totp)' },
      { name: 'timeWindow', description: 'seconds that its clock may be off (totp)' },
      { name: 'timeShift', description: 'seconds that its clock is off (totp)' },
      { name: 'enable', description: 'false: it is not active' },
      { name: 'description', description: 'up to 80 characters' },
      { name: 'scope', description: 'paths of its logins, as {"path": ["userservice"]}' },
      { name: 'rollout', description: 'any value: as scope, for the self-service' },
      { name: 'qr', description: 'png, img or html: answers with the enrolment QR code' },
    ],
  })
  async init(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply | RawReply> {
    const { parameters } = exchange;
    const type = enrolmentType(parameters);
    const rights = enrolmentRights(rightsOf(exchange), type);
    const named = { type, serial: parameters.text('serial') || null };
    const owner = permitted(await this.users.lookup(parameters), (user) =>
      rights.demandForOwner(named, user),
    );
    const code = type === 'ocra2' ? parameters.text('activationcode') : null;
    if (code) return this.#activate(exchange, { serial: named.serial, owner, code }, rights);
    const attestation = type === 'fido2' ? parameters.text(ATTESTATION) : null;
    if (attestation !== null) return this.#register(exchange, { owner, response: attestation }, rights);
    const enrolment = parseEnrolment(parameters, type, owner);
    const configuration = this.configuration.current();
    const enrolling = this.enrolToken.execute(enrolment, configuration, rights, exchange.audit);
    const enrolled = await notingMissingPolicy(exchange, enrolling);
    exchange.isRecorded = true;

    // A seed may be made although one was given (spec/token-types §5).
    const isElsewhere = enrolment.info !== undefined;
    const isGiven = enrolment.seed !== null || enrolment.password !== null || isElsewhere;
    const given = isGiven ? parameters.text('otpkey') : null;
    const detail = enrolmentDetail(enrolled, given, this.echo.always || !given);
    return pictureReply(parameters, detail) ?? reply(true, { detail });
  }

  /** The second phase of an enrolment with a security key (spec/token-types §20.1). */
  async #register(
    exchange: Exchange,
    { owner, response }: Pick<KeyRegistrationWish, 'response'> & { readonly owner: RealmUser | null },
    rights: EnrolmentRights,
  ): Promise<LegacyReply> {
    if (!owner) throw new KeyOwnerMissing();
    const serial = requiredText(exchange.parameters, 'serial');
    const terms = {
      realmChange: 'enable',
      demand: (token: Token) => rights.demandAnew({ type: 'fido2', serial }, token),
    } as const;
    const configuration = this.configuration.current();
    return registeredKey(this.registerKey, { serial, owner, response }, configuration, terms, exchange);
  }

  /** The second phase of an enrolment through the app (spec/token-types §16.2). */
  async #activate(
    exchange: Exchange,
    activation: Omit<Activation, 'wish'>,
    rights: EnrolmentRights,
  ): Promise<LegacyReply | RawReply> {
    const { parameters } = exchange;
    const named = { type: 'ocra2', serial: activation.serial } as const;
    const activated = await this.activateOcraToken.execute(
      { ...activation, wish: questionOf(parameters) },
      this.configuration.current(),
      { realmChange: 'enable', demand: (token) => rights.demandAnew(named, token) },
      exchange.audit,
    );
    exchange.isRecorded = true;
    const detail = activatedDetail(activated);
    return pictureReply(parameters, detail) ?? reply(true, { detail });
  }
}

/** `init<TYPE>`; hmac has a second, older name (spec/policies §7). Realms that are named need `manageToken` otherwise. */
function enrolmentRights(rights: AdminRights, type: TokenTypeId): EnrolmentRights {
  const named = rights.realmsFor(`init${wireTypeName(type).toUpperCase()}`);
  const enrol = type === 'hotp' ? named.or(rights.realmsFor('initETNG')) : named;
  return new EnrolmentRights(enrol, rights.realmsFor('manageToken'));
}
