import type { Token } from '@app/tokens';

import { splitPassword } from '../decide/ask/split-password.js';

/** What a token would have to have shown, had the password been typed with it. */
export function shownOtp(
  token: Token,
  { password, hasPin }: { readonly password: string; readonly hasPin: boolean },
  { prependPin }: { readonly prependPin: boolean },
): string {
  return hasPin ? splitPassword(token, password, prependPin).otp : password;
}
