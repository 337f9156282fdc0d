import type { RandomSource } from '@app/kernel';

import { type Serial, parseSerial } from '../../token.js';
import type { TokenTransaction } from '../../token-administration.js';
import { SerialsExhausted } from '../../token.errors.js';

const DRAWS = 50;

/** Prefix, four decimal and four hexadecimal digits (spec/admin-api §6.4). @throws SerialsExhausted */
export async function drawSerial(
  tokens: TokenTransaction,
  prefix: string,
  random: RandomSource,
): Promise<Serial> {
  for (let draw = 0; draw < DRAWS; draw++) {
    const bytes = Buffer.from(random.bytes(4));
    const decimal = String(bytes.readUInt16BE(0) % 10_000).padStart(4, '0');
    const hex = bytes.readUInt16BE(2).toString(16).toUpperCase().padStart(4, '0');
    const serial = parseSerial(`${prefix}${decimal}${hex}`);
    if (!(await tokens.has(serial))) return serial;
  }
  throw new SerialsExhausted(prefix);
}
