import { TokenFileRefused } from './import.errors.js';

const LINE_FEED = 0x0a;

/** The text of a token file: UTF-8, with a byte order mark or without. @throws TokenFileRefused for anything else */
export function tokenFileText(bytes: Uint8Array): string {
  const text = utf8(bytes);
  if (text === null) {
    throw new TokenFileRefused([{ line: firstBrokenLine(bytes), reason: 'the file is no UTF-8 text' }]);
  }
  const end = text.indexOf('\0');
  if (end >= 0) {
    const line = text.slice(0, end).split('\n').length;
    throw new TokenFileRefused([{ line, reason: 'the file is no text' }]);
  }
  return text;
}

function firstBrokenLine(bytes: Uint8Array): number {
  for (let start = 0, line = 1; ; line++) {
    const lineFeed = bytes.indexOf(LINE_FEED, start);
    const end = lineFeed < 0 ? bytes.length : lineFeed;
    if (lineFeed < 0 || utf8(bytes.subarray(start, end)) === null) return line;
    start = end + 1;
  }
}

function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
