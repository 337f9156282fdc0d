import { type OcraSuite, parseOcraSuite } from '@app/otp';

import type { Token } from '../../token.js';

/** The name that LinOTP keeps it by. */
export const SUITE = 'ocrasuite';

/** @throws MalformedSuite */
export function suiteOf({ info }: Pick<Token, 'info'>): OcraSuite {
  return parseOcraSuite(String(info[SUITE] ?? ''));
}
