import qrcode from 'qrcode';

import { escapeHtml } from '../../envelope/page.js';

/** A QR code as PNG: ECC level M, 10 pixels a module, a border of 4 (spec/admin-api §1.6). */
export function qrPng(text: string): Promise<Buffer> {
  // An empty text has no QR code in this library; a blank shows an empty one's frame.
  return qrcode.toBuffer(text === '' ? ' ' : text, { errorCorrectionLevel: 'M', scale: 10, margin: 4 });
}

/** The `<img>` element that answers carry, with LinOTP's spacing. */
export async function qrImage(text: string, options: { width?: number; alt?: string } = {}): Promise<string> {
  const picture = (await qrPng(text)).toString('base64');
  const alt = options.alt === undefined ? '' : ` alt='${escapeHtml(encodeURIComponent(options.alt))}' `;
  const width = options.width === undefined ? '' : ` width=${options.width} `;
  return `<img id="challenge_qrcode" ${alt}  ${width}  src="data:image/png;base64,${picture}"/>`;
}
