import { Conflict, Invalid } from '@app/kernel';

/** An import would overwrite a resolver that is none of managed users. */
export class ResolverNotManaged extends Conflict {
  override readonly code = 'import.not-managed';
  constructor(readonly resolver: string) {
    super(`resolver ${resolver} holds no managed users`);
  }
}

/** An import would overwrite the local administrators. */
export class ImportIntoAdministrators extends Conflict {
  override readonly code = 'import.administrators';
  constructor(readonly resolver: string) {
    super(`users cannot be imported into ${resolver}, which holds the local administrators`);
  }
}

/** Two lines of a file are of one user id or one login. */
export class DuplicateUser extends Invalid {
  override readonly code = 'import.duplicate-user';
  constructor(
    readonly what: 'userid' | 'username',
    readonly value: string,
    readonly line: number,
  ) {
    super('file', `${what} ${value} in line ${line} was there before`);
  }
}

/** What stands where hashes are expected is none: most likely a password. It is not repeated. */
export class NoPasswordHash extends Invalid {
  override readonly code = 'import.no-password-hash';
  constructor(readonly line: number) {
    super(
      'file',
      `the password in line ${line} is no hash of a known kind: send hashes, or passwords_in_plaintext=true`,
    );
  }
}

/** The file, or the users that are there, are not those of the preview. */
export class PreviewOutdated extends Conflict {
  override readonly code = 'import.preview-outdated';
  constructor() {
    super('the users or the file have changed since the preview: look at a new one');
  }
}
