/**
 * A setting that cannot be used: the process does not start. The message names the variable and what it must be, never
 * what it holds: a DATABASE_URL has a password in it, and start-up errors end up in logs and tickets.
 */
export class SettingsError extends Error {
  constructor(
    /** The variable as the environment spells it, e.g. `LINOTP_LOG_LEVEL`. */
    readonly variable: string,
    /** Goes on from the name: `must be …`, `cannot be read …`. */
    readonly problem: string,
    options?: ErrorOptions,
  ) {
    super(`${variable} ${problem}`, options);
    this.name = 'SettingsError';
  }
}
