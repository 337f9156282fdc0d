const PLACE = /<(otp|serial)>|\$\{([\p{L}\p{N}_.-]{1,100})\}/gu;

/**
 * Text with what it leaves open filled in, in one pass: what a value holds is never looked at again. Places of which nothing is
 * known stay as they are.
 *
 * @param written how a value is written where it stands
 */
export function fillIn(
  text: string,
  values: Readonly<Record<string, string>>,
  written: (value: string) => string = (value) => value,
): string {
  return text.replaceAll(PLACE, (place: string, short?: string, long?: string) => {
    const name = short ?? long ?? '';
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    return value === undefined ? place : written(value);
  });
}

/** Whether the OTP would be in it. */
export function holdsOtp(text: string): boolean {
  return text.includes('<otp>') || text.includes('${otp}');
}
