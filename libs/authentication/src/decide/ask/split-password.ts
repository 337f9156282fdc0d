import type { Token } from '@app/tokens';
import { tokenType } from '@app/tokens';

export interface SplitPassword {
  readonly pin: string;
  readonly otp: string;
}

/**
 * PIN and OTP of what a user typed (spec/validate-api §2.4): the OTP is the last (or first) `digits` characters. Shorter
 * input is all OTP; a type without OTP takes all of it as the PIN.
 */
export function splitPassword(token: Token, password: string, prependPin: boolean): SplitPassword {
  if (!tokenType(token.type).hasOtp) return { pin: password, otp: '' };
  // By characters, not UTF-16 units: a password token counts the same way.
  const characters = [...password];
  const { digits } = token;
  if (characters.length <= digits || digits === 0) return { pin: '', otp: password };
  const cut = prependPin ? characters.length - digits : digits;
  const head = characters.slice(0, cut).join('');
  const tail = characters.slice(cut).join('');
  return prependPin ? { pin: head, otp: tail } : { pin: tail, otp: head };
}
