import type { Secret } from '@app/kernel';
import { type EnrolledToken, type NewPin, tokenType } from '@app/tokens';

import { escapeHtml } from '../../../envelope/parameters/page.js';
import type { Parameters } from '../../../envelope/parameters/parameters.js';
import { RawReply } from '../../../server/raw-reply.js';
import { HTML, PICTURE_PAGE, fitsQrCode, qrImage, qrPng } from '../../tokens/qr-picture.js';
import { type ActivatedDetail, NO_OCRA_URL, startedDetail } from '../../tokens/ocra-detail.js';
import { withoutGaps } from './enrolment-parameters.js';
import { otpauthUrl } from './otpauth-url.js';

/** Detail of an enrolment, key by key as clients know it. */
export interface EnrolmentDetail {
  otpkey?: PictureDetail;
  serial: string;
  enrollment_url?: PictureDetail;
  googleurl?: PictureDetail;
  ocraurl?: ActivatedDetail['ocraurl'];
  pairing_url?: string;
  lse_qr_url?: PairingDetail;
  lse_qr_cert?: PairingDetail;
  registerrequest?: object;
  new_pins?: readonly NewPin[];
}

/** Its order is a number, where that of seeds is a text. */
interface PairingDetail extends Omit<PictureDetail, 'order'> {
  readonly order: number;
}

interface PictureDetail {
  readonly order: string;
  readonly description: string;
  readonly value: string;
  readonly img: string;
}

/**
 * What whoever enrolled the token is told of it (spec/token-types §3.3).
 * @param given the seed or password as the request had it; `null`: it was made
 * @param echoes whether it is repeated
 */
export function enrolmentDetail(
  enrolled: EnrolledToken,
  given: string | null,
  echoes: boolean,
): EnrolmentDetail {
  const { token, seed, newPin, account, issuer, pairingUrl, keyRequest } = enrolled;
  const pins = newPin === null ? {} : { new_pins: [{ serial: token.serial, pin: newPin }] };
  // The app gets it out of this answer, whoever made it.
  if (token.sharedSecret) return { ...startedDetail(enrolled), ...pins };
  if (pairingUrl !== null) return { serial: token.serial, ...pairingDetail(token, pairingUrl), ...pins };
  if (keyRequest !== null) return { serial: token.serial, registerrequest: keyRequest, ...pins };
  // Who gets the OTPs of a token sent needs no seed; of a token that others know all about, none is made.
  const { challenge, server } = tokenType(token.type);
  const isElsewhere = server !== undefined || token.type === 'forward';
  if (!echoes || challenge?.sends || (isElsewhere && given === null))
    return { serial: token.serial, ...pins };
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
  if (url === null) {
    return { otpkey, serial: token.serial, ...(token.type === 'ocra2' && { ocraurl: NO_OCRA_URL }), ...pins };
  }
  const link = {
    order: '0',
    description: 'OTPAuth Url',
    value: url,
    img: qrImage(url, { width: 250 }),
  };
  return { otpkey, serial: token.serial, enrollment_url: link, googleurl: link, ...pins };
}

/** What the app of a device is to see (spec/token-types §18.1, §19.1): the same twice for a qr token. */
function pairingDetail({ type }: EnrolledToken['token'], value: string): Partial<EnrolmentDetail> {
  const link = (description: string, order: number): PairingDetail => ({
    description,
    img: qrImage(value, { width: 250 }),
    order,
    value,
  });
  if (type === 'push') return { pairing_url: value, lse_qr_url: link('Pairing URL', 0) };
  return {
    pairing_url: value,
    lse_qr_url: link('QRToken Pairing Url', 0),
    lse_qr_cert: link('QRToken Certificate', 1),
  };
}

/** As it was given, or as it was made. */
function shownSeed({ type }: EnrolledToken['token'], seed: Secret, given: string | null): string {
  if (given === null) {
    const encoding = tokenType(type).seedForm === 'text' ? 'utf8' : 'hex';
    return seed.use((bytes) => Buffer.from(bytes).toString(encoding));
  }
  return type === 'hotp' || type === 'totp' || type === 'motp' ? withoutGaps(given) : given;
}

/** With `qr`, the enrolment URL as a picture instead of JSON (spec/admin-api §1.6). */
export function pictureReply(
  parameters: Parameters,
  detail: EnrolmentDetail | ActivatedDetail,
): RawReply | null {
  const wanted = parameters.text('qr');
  const { googleurl, ocraurl, registerrequest: _, new_pins: pins = [], ...others }: EnrolmentDetail = detail;
  const url = googleurl?.value ?? ocraurl?.value ?? others.pairing_url ?? undefined;
  if (wanted === null || url === undefined || !fitsQrCode(url)) return null;
  if (wanted === 'png') return new RawReply(qrPng(url), 'image/png');
  const image = qrImage(url, { alt: url });
  if (wanted === 'img' || wanted === 'embed') return new RawReply(image, HTML, PICTURE_PAGE);
  const shown = { ...others, ...(googleurl && { googleurl }), ...(ocraurl && { ocraurl }) };
  const items = [...Object.entries(shown), ...pins.map(({ pin }) => ['pin', pin] as const)].map(
    ([key, value]) => {
      const text = typeof value === 'string' ? value : (value.value ?? '');
      return `<li> ${key}: <span class="${key}">${escapeHtml(text)}</span> </li>`;
    },
  );
  const list = `<ul id="challenge_data">${items.join('')}</ul>`;
  return new RawReply(`<html><body><div>${image}${list}</div></body></html>`, HTML, PICTURE_PAGE);
}
