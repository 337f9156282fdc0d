import { cleanText } from '@app/kernel';

const LINE_FEED = 0x0a;

/**
 * The text of a file of users: UTF-8. A line that is none is read as Latin-1, which older systems write, and costs the
 * others nothing.
 */
export function textOfFile(bytes: Uint8Array): string {
  return cleanText(utf8(bytes) ?? lineByLine(bytes));
}

function lineByLine(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let start = 0; start <= bytes.length;) {
    const lineFeed = bytes.indexOf(LINE_FEED, start);
    const end = lineFeed < 0 ? bytes.length : lineFeed;
    const line = bytes.subarray(start, end);
    lines.push(utf8(line) ?? Buffer.from(line).toString('latin1'));
    start = end + 1;
  }
  return lines.join('\n');
}

function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
