/** As many digits as OTPs have, or what a Yubikey types: modhex, with its public id. */
const ONE_TIME_VALUE = /^(\d{6,10}|[cbdefghijklnrtuv]{32,48})$/i;
const MASK = '******';

/**
 * How records name somebody whom nobody knows. People type OTPs into the field of the user, and such a value may be good
 * still; a login that is known to some resolver is recorded whatever it looks like.
 */
export function recordedLogin(login: string): string {
  return ONE_TIME_VALUE.test(login) ? MASK : login;
}
