import { inflateSync } from 'node:zlib';

import qrcode from 'qrcode';

import { qrImage, qrPng } from './qr-picture.js';

const URL_TEXT = 'otpauth://hotp/LinOTP:GH1?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0&issuer=LinOTP';

/** Filters of lines (PNG specification, 2nd edition, §9.2). */
const NONE = 0;
const UP = 2;

/** Size and pixels (true: black) of a PNG of one bit a pixel. */
function readPng(png: Buffer): { size: number; isBlack: (row: number, column: number) => boolean } {
  const chunks = new Map<string, Buffer>();
  for (let place = 8; place < png.length;) {
    const length = png.readUInt32BE(place);
    chunks.set(png.toString('latin1', place + 4, place + 8), png.subarray(place + 8, place + 8 + length));
    place += 12 + length;
  }
  const size = chunks.get('IHDR')?.readUInt32BE(0) ?? 0;
  const lines = inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0));
  const lineBytes = 1 + Math.ceil(size / 8);
  for (let line = 0; line < size; line++) {
    const start = line * lineBytes;
    const filter = lines[start] ?? 0;
    if (filter !== NONE && filter !== UP) throw new Error(`line ${line} has filter ${filter}`);
    if (filter === NONE) continue;
    for (let byte = start + 1; byte < start + lineBytes; byte++) {
      lines[byte] = ((lines[byte] ?? 0) + (lines[byte - lineBytes] ?? 0)) & 0xff;
    }
  }
  const isBlack = (row: number, column: number) =>
    ((lines[row * lineBytes + 1 + (column >> 3)] ?? 0) & (0x80 >> (column & 7))) === 0;
  return { size, isBlack };
}

describe('the picture of a QR code', () => {
  it.each(['', 'seed://3132333435363738393031323334353637383930', URL_TEXT, 'ü'.repeat(300)])(
    'shows every module as 10 pixels, in a white border of 4 modules: %#',
    (text) => {
      const { modules } = qrcode.create(text === '' ? ' ' : text, { errorCorrectionLevel: 'M' });
      const { size, isBlack } = readPng(qrPng(text));
      expect(size).toBe((modules.size + 8) * 10);
      const wrong: string[] = [];
      for (let row = 0; row < size; row++) {
        for (let column = 0; column < size; column++) {
          const [y, x] = [Math.floor(row / 10) - 4, Math.floor(column / 10) - 4];
          const isInside = y >= 0 && y < modules.size && x >= 0 && x < modules.size;
          if (isBlack(row, column) !== (isInside && modules.get(y, x) !== 0)) wrong.push(`${row}, ${column}`);
        }
      }
      expect(wrong).toEqual([]);
    },
  );

  it('is an element as LinOTP writes it', () => {
    expect(qrImage('x', { width: 200 })).toMatch(
      /^<img id="challenge_qrcode" {4}width=200 {3}src="data:image\/png;base64,[A-Za-z0-9+/]+=*"\/>$/,
    );
    expect(qrImage('x', { alt: `'><script>` })).not.toContain('<script>');
  });
});
