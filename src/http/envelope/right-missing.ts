import { Denied } from '@app/kernel';
import type { GlobalScope } from '@app/policies';

/** A right for the installation as a whole is missing. */
export class RightMissing extends Denied {
  override readonly code = 'access.right-missing';
  constructor(
    readonly scope: GlobalScope,
    readonly action: string,
  ) {
    super(`no policy grants ${scope}/${action}`);
  }
}

/** Users of a realm, or of a resolver, may not be listed. */
export class UsersDenied extends Denied {
  override readonly code = 'access.users-denied';
  constructor(readonly realm: string) {
    super(`no right to list users in realm ${realm}`);
  }
}

/** No policy lets the administrator see any token. */
export class NoRealmShown extends Denied {
  override readonly code = 'access.no-realm-shown';
  constructor() {
    super('You do not have any rights in any realm! Check the policies.');
  }
}
