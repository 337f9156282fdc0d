import type { Secret } from '@app/kernel';
import { Configuration } from '@app/realms';
import type { AdminRights } from '@app/policies';
import {
  EnrolmentRights,
  EnrolToken,
  type EnrolledToken,
  type NewPin,
  type TokenTypeId,
  tokenType,
} from '@app/tokens';
import { Req } from '@nestjs/common';

import { LegacyReply, reply } from '../../../envelope/envelope.js';
import { Changes, LegacyController } from '../../../envelope/legacy-controller.js';
import { escapeHtml } from '../../../envelope/page.js';
import type { Parameters } from '../../../envelope/parameters.js';
import { rightsOf } from '../../../envelope/rights.guard.js';
import { wireTypeName } from '../../../envelope/token-type-names.js';
import type { ExchangeRequest } from '../../../exchange.js';
import { RawReply } from '../../../server/raw-reply.js';
import { HTML, PICTURE_PAGE, qrImage, qrPng } from '../../qr-picture.js';
import { RequestUsers, permitted } from '../../request-user.js';
import { EnrolmentEcho } from './enrolment-echo.js';
import { enrolmentType, parseEnrolment, withoutGaps } from './enrolment-parameters.js';
import { otpauthUrl } from './otpauth-url.js';

/** Detail of an enrolment, key by key as clients know it. */
interface EnrolmentDetail {
  otpkey?: PictureDetail;
  serial: string;
  enrollment_url?: PictureDetail;
  googleurl?: PictureDetail;
  new_pins?: readonly NewPin[];
}

interface PictureDetail {
  readonly order: string;
  readonly description: string;
  readonly value: string;
  readonly img: string;
}

/** `/admin/init` (spec/admin-api §3.3). */
@LegacyController('admin')
export class TokenEnrolmentController {
  constructor(
    private readonly enrolToken: EnrolToken,
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
        description: 'hmac (default), totp, motp, pw, dpw, spass, yubikey, sms, email or voice',
      },
      { name: 'serial', description: 'generated if absent; an existing one is enrolled anew' },
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
      { name: 'user', description: 'owner, as login or login@realm' },
      { name: 'realm', description: 'realm of the owner; also a realm of the token' },
      { name: 'pin', description: 'token PIN' },
      { name: 'otplen', description: '6 or 8; characters of a value (yubikey, dpw)' },
      { name: 'hashlib', description: 'sha1, sha256 or sha512' },
      { name: 'timeStep', description: '30 or 60 seconds (totp)' },
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
    const enrolment = parseEnrolment(parameters, type, owner);
    const configuration = this.configuration.current();
    const enrolled = await this.enrolToken.execute(enrolment, configuration, rights, exchange.audit);
    exchange.isRecorded = true;

    // A seed may be made although one was given (spec/token-types §5).
    const isGiven = enrolment.seed !== null || enrolment.password !== null;
    const given = isGiven ? parameters.text('otpkey') : null;
    const detail = await detailOf(enrolled, given, this.echo.always || !given);
    const picture = await pictureReply(parameters, detail);
    return picture ?? reply(true, { detail });
  }
}

async function detailOf(
  { token, seed, newPin, account, issuer }: EnrolledToken,
  given: string | null,
  echoes: boolean,
): Promise<EnrolmentDetail> {
  const pins = newPin === null ? {} : { new_pins: [{ serial: token.serial, pin: newPin }] };
  // Who gets the OTPs of a token sent needs no seed.
  const isSent = tokenType(token.type).challenge?.sends !== undefined;
  if (!echoes || isSent) return { serial: token.serial, ...pins };
  const value = `seed://${shownSeed(token, seed, given)}`;
  const otpkey = { order: '1', description: 'OTP seed', value, img: qrImage(value, { width: 200 }) };
  const url = seed.use((bytes) =>
    otpauthUrl({
      type: token.type,
      seed: bytes,
      digits: token.digits,
      hash: token.hash ?? 'sha1',
      stepSeconds: token.time?.stepSeconds ?? 30,
      account,
      issuer,
    }),
  );
  if (url === null) return { otpkey, serial: token.serial, ...pins };
  const link = {
    order: '0',
    description: 'OTPAuth Url',
    value: url,
    img: qrImage(url, { width: 250 }),
  };
  return { otpkey, serial: token.serial, enrollment_url: link, googleurl: link, ...pins };
}

/** As it was given, or as it was made. */
function shownSeed({ type }: EnrolledToken['token'], seed: Secret, given: string | null): string {
  if (given === null) {
    const encoding = tokenType(type).seedForm === 'text' ? 'utf8' : 'hex';
    return seed.use((bytes) => Buffer.from(bytes).toString(encoding));
  }
  return type === 'hotp' || type === 'totp' || type === 'motp' ? withoutGaps(given) : given;
}

/** `init<TYPE>`; hmac has a second, older name (spec/policies §7). Realms that are named need `manageToken` otherwise. */
function enrolmentRights(rights: AdminRights, type: TokenTypeId): EnrolmentRights {
  const named = rights.realmsFor(`init${wireTypeName(type).toUpperCase()}`);
  const enrol = type === 'hotp' ? named.or(rights.realmsFor('initETNG')) : named;
  return new EnrolmentRights(enrol, rights.realmsFor('manageToken'));
}

/** With `qr`, the enrolment URL as a picture instead of JSON (spec/admin-api §1.6). */
async function pictureReply(parameters: Parameters, detail: EnrolmentDetail): Promise<RawReply | null> {
  const wanted = parameters.text('qr');
  const url = detail.googleurl?.value;
  if (wanted === null || url === undefined) return null;
  if (wanted === 'png') return new RawReply(qrPng(url), 'image/png');
  const image = qrImage(url, { alt: url });
  if (wanted === 'img' || wanted === 'embed') return new RawReply(image, HTML, PICTURE_PAGE);
  const { new_pins: pins = [], ...shown } = detail;
  const items = [...Object.entries(shown), ...pins.map(({ pin }) => ['pin', pin] as const)].map(
    ([key, value]) => {
      const text = typeof value === 'string' ? value : value.value;
      return `<li> ${key}: <span class="${key}">${escapeHtml(text)}</span> </li>`;
    },
  );
  const list = `<ul id="challenge_data">${items.join('')}</ul>`;
  return new RawReply(`<html><body><div>${image}${list}</div></body></html>`, HTML, PICTURE_PAGE);
}
