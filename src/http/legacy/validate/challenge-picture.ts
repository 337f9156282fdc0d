import { type LegacyReply } from '../../envelope/envelope.js';
import { escapeHtml } from '../../envelope/parameters/page.js';
import type { Parameters } from '../../envelope/parameters/parameters.js';
import { RawReply } from '../../server/raw-reply.js';
import { HTML, PICTURE_PAGE, fitsQrCode, qrImage, qrPng } from '../tokens/qr-picture.js';

const WIDTH = /^[1-9]\d{0,3}$/;

/**
 * With `qr`, what a challenge says as a picture instead of JSON (spec/validate-api §1.14). Of the request nothing is shown:
 * LinOTP's page repeats the password (§6, 10).
 */
export function asAsked(parameters: Parameters, answer: LegacyReply): LegacyReply | RawReply {
  const wanted = parameters.text('qr');
  const detail = answer.options.detail as Readonly<Record<string, unknown>> | undefined;
  const message = detail?.['message'];
  if (!wanted || !detail || typeof message !== 'string' || !fitsQrCode(message)) return answer;
  if (wanted === 'png') return new RawReply(qrPng(message), 'image/png');
  const width = parameters.text('width');
  const image = qrImage(message, {
    alt: JSON.stringify(detail),
    ...(width !== null && WIDTH.test(width) && { width: Number(width) }),
  });
  if (wanted === 'img' || wanted === 'embed') return new RawReply(image, HTML, PICTURE_PAGE);
  const items = Object.entries(detail).flatMap(([name, value]) =>
    typeof value === 'string'
      ? [`<li> ${escapeHtml(name)}: <span class="${escapeHtml(name)}">${escapeHtml(value)}</span> </li>`]
      : [],
  );
  const list = `<ul id="challenge_data">${items.join('')}</ul>`;
  return new RawReply(`<html><body><div>${image}${list}</div></body></html>`, HTML, PICTURE_PAGE);
}
