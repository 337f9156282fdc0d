import { crc32, deflateSync } from 'node:zlib';

import qrcode from 'qrcode';

import { escapeHtml } from '../../envelope/parameters/page.js';

export const HTML = 'text/html; charset=utf-8';
/** The picture lies in the page itself. */
export const PICTURE_PAGE = {
  headers: { 'content-security-policy': "default-src 'none'; img-src data:" },
} as const;

const MODULE_PIXELS = 10;
const BORDER_MODULES = 4;
/** The filter that the first byte of a line names: each byte is told as what it is more than the one above. 0: as it is. */
const FILTER_UP = 2;
const QUICK = 3;
const PNG_SIGNATURE = Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

// ISO/IEC 18004, table 7: version 40, level M, in bytes.
const MOST_BYTES = 2331;

export function fitsQrCode(text: string): boolean {
  return Buffer.byteLength(text) <= MOST_BYTES;
}

/** A QR code as PNG: ECC level M, 10 pixels a module, a border of 4 (spec/admin-api §1.6). */
export function qrPng(text: string): Buffer {
  // An empty text has no QR code in this library; a blank shows an empty one's frame.
  const { modules } = qrcode.create(text === '' ? ' ' : text, { errorCorrectionLevel: 'M' });
  return blackAndWhitePng(modules.size + 2 * BORDER_MODULES, (row, column) => {
    const [y, x] = [row - BORDER_MODULES, column - BORDER_MODULES];
    const isInside = y >= 0 && y < modules.size && x >= 0 && x < modules.size;
    return isInside && modules.get(y, x) !== 0;
  });
}

/** The `<img>` element that answers carry, with LinOTP's spacing. */
export function qrImage(text: string, options: { width?: number; alt?: string } = {}): string {
  const picture = qrPng(text).toString('base64');
  const alt = options.alt === undefined ? '' : ` alt='${escapeHtml(encodeURIComponent(options.alt))}' `;
  const width = options.width === undefined ? '' : ` width=${options.width} `;
  return `<img id="challenge_qrcode" ${alt}  ${width}  src="data:image/png;base64,${picture}"/>`;
}

/**
 * A square PNG of one bit a pixel (PNG specification, 2nd edition, §11.2). The library's own writer goes through 32 bits
 * and a search for the best filter: 30 ms in which nobody logs in.
 */
function blackAndWhitePng(modules: number, isBlack: (row: number, column: number) => boolean): Buffer {
  const size = modules * MODULE_PIXELS;
  const lineBytes = 1 + Math.ceil(size / 8);
  const lines = Buffer.alloc(lineBytes * size);
  for (let row = 0; row < modules; row++) {
    const start = row * MODULE_PIXELS * lineBytes;
    for (let column = 0; column < modules; column++) {
      if (!isBlack(row, column)) paintWhite(lines, start, column * MODULE_PIXELS);
    }
    for (let line = 1; line < MODULE_PIXELS; line++) lines[start + line * lineBytes] = FILTER_UP;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.writeUInt8(1, 8);
  return Buffer.concat([
    PNG_SIGNATURE,
    pngChunk('IHDR', header),
    // Zeros, but for one line in ten: with more effort it takes seven times as long for a third of the bytes.
    pngChunk('IDAT', deflateSync(lines, { level: QUICK })),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** One module of a line of its own. */
function paintWhite(lines: Buffer, start: number, from: number): void {
  for (let pixel = from; pixel < from + MODULE_PIXELS; pixel++) {
    const place = start + 1 + (pixel >> 3);
    lines[place] = (lines[place] ?? 0) | (0x80 >> (pixel & 7));
  }
}

function pngChunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, checksum]);
}
