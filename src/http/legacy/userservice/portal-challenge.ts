import type { Verdict } from '@app/authentication';
import { tokenType } from '@app/tokens';

import { fitsQrCode, qrPng } from '../tokens/qr-picture.js';
import { challengeDetail } from '../validate/challenge-detail.js';

/** What apps on a device read as a picture. */
const PICTURED = '://chal/';
const TO_SCAN = 'Please scan the provided qr code';
/** How users may answer, by labels of token types in lower case; others: they type the OTP. */
const REPLY_MODES: Readonly<Record<string, readonly string[]>> = {
  push: ['online'],
  qr: ['offline', 'online'],
};

/** What the portal is told of a challenge (spec/validate-api §4.4, step 2b): ids are written otherwise than in `/validate`. */
export function portalChallengeDetail(verdict: Extract<Verdict, { readonly kind: 'challenged' }>): object {
  const { transactionid, ...asked } = challengeDetail(verdict, true) as Readonly<Record<string, unknown>>;
  const [first, ...others] = verdict.challenges;
  const label =
    first && others.length === 0 ? tokenType((first.target ?? first.token).type).label.toLowerCase() : '';
  return {
    ...asked,
    ...pictured(asked['message'], label),
    replyMode: REPLY_MODES[label] ?? ['offline'],
    transactionId: transactionid,
  };
}

function pictured(message: unknown, label: string): object {
  if (typeof message !== 'string' || !message.includes(PICTURED) || !fitsQrCode(message)) return {};
  return {
    img_src: `data:image/png;base64,${qrPng(message).toString('base64')}`,
    transactionData: message,
    ...(label === 'qr' && { message: TO_SCAN }),
  };
}
