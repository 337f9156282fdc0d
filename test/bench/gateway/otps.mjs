import { createHmac } from 'node:crypto';

import { SEED } from '../seed/tokens.mjs';

const STEP_SECONDS = 30;
const COUNTERS = 20_000;
const known = new Map();
let wrong = null;

/** RFC 4226 §5.3; all tokens have one seed. */
export function otpAt(counter) {
  let otp = known.get(counter);
  if (otp === undefined) known.set(counter, (otp = hotp(counter)));
  return otp;
}

export const currentStep = () => Math.floor(Date.now() / 1000 / STEP_SECONDS);

/** No token's value: of no counter that a run gets to, and of no time step for hours. */
export const wrongOtp = () => (wrong ??= findWrongOtp());

function findWrongOtp() {
  const step = currentStep();
  const near = Array.from({ length: 2_000 }, (_, place) => hotp(step - 1_000 + place));
  const right = new Set([...near, ...Array.from({ length: COUNTERS }, (_, counter) => hotp(counter))]);
  for (let value = 0; ; value++) {
    const otp = String(value).padStart(6, '0');
    if (!right.has(otp)) return otp;
  }
}

function hotp(counter) {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac('sha1', SEED).update(message).digest();
  const value = mac.readUInt32BE(mac.at(-1) & 0xf) & 0x7fffffff;
  return String(value % 1_000_000).padStart(6, '0');
}
