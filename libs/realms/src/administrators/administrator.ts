import { cleanText, Invalid } from '@app/kernel';

/** What is known of a local administrator beside name and password. Empty text: not given. */
export interface AdministratorProfile {
  readonly surname: string;
  readonly givenName: string;
  readonly email: string;
  readonly phone: string;
  readonly mobile: string;
}

export const EMPTY_PROFILE: AdministratorProfile = {
  surname: '',
  givenName: '',
  email: '',
  phone: '',
  mobile: '',
};

/** An administrator whose account Twinlock keeps itself. */
export interface LocalAdministrator extends AdministratorProfile {
  readonly username: string;
  readonly isEnabled: boolean;
  /** No password yet: nobody can log in. */
  readonly hasPassword: boolean;
}

/** What a login needs of a local administrator. */
export interface AdministratorAccount extends AdministratorProfile {
  readonly username: string;
  /** `null`: no password was set yet. */
  readonly passwordHash: string | null;
  readonly isEnabled: boolean;
  /** Sessions issued before this time are dead. A whole second, and up to a few seconds ahead of the clock. */
  readonly notBefore: Date;
}

const LONGEST_NAME = 255;

/**
 * The name of a new local administrator. Taken literally: `@` and `\` separate nothing (spec/admin-api §2.1).
 * @throws Invalid when it is empty, too long, has blanks around it, or holds control characters
 */
export function parseAdministratorName(raw: string): string {
  if (
    raw === '' ||
    raw.length > LONGEST_NAME ||
    raw !== raw.trim() ||
    /\p{Cc}/u.test(raw) ||
    cleanText(raw) !== raw
  ) {
    throw new Invalid(
      'username',
      'a user name has 1 to 255 characters, no control characters, and no blanks around it',
    );
  }
  return raw;
}
