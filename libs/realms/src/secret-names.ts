// Gateways and scripts choose their own names for what they keep secret: rather one too many than one too few.
const SECRET_NAME =
  /pass(word|wd|phrase|code)?$|pwd$|secret|token$|api[_-]?key$|^key$|access[_-]?key$|authorization$|credentials?$|^cookie$|private/i;
const NOT_SECRET = /^(password_?key|.*_(text|phonenumber)_key)$/i;

/** Whether something of this name is likely to be a secret, whatever else is known of it. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !NOT_SECRET.test(name);
}
