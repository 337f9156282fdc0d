/**
 * The time step that an instant lies in (RFC 6238 §4.2, T0 = 0).
 *
 * @param unixSeconds   seconds since 1970, may have a fraction
 * @param stepSeconds   length of a step, > 0
 * @param shiftSeconds  how far the device's clock runs ahead of ours
 */
export function timeStepAt(unixSeconds: number, stepSeconds: number, shiftSeconds = 0): number {
  return Math.floor((unixSeconds + shiftSeconds) / stepSeconds);
}
