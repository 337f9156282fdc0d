import { Denied } from '@app/kernel';
import type { GlobalScope } from '@app/policies';

import { pythonList, pythonQuoted } from '../../legacy/python-text.js';

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

/** None of the realms that reports were asked about is there for this administrator. */
export class RealmsHidden extends Denied {
  override readonly code = 'access.realms-hidden';
  /** @param realms as they were named */
  constructor(realms: readonly string[]) {
    super(`You do not have the rights to see these realms: ${pythonList(realms)}. Check the policies!`);
  }
}

/** No policy lets the administrator see any token. */
export class NoRealmShown extends Denied {
  override readonly code = 'access.no-realm-shown';
  constructor() {
    super('You do not have any rights in any realm! Check the policies.');
  }
}

const IN_REALM = {
  tokenowner: 'get the token owner',
  checkstatus: 'show status of token challenges',
} as const;

/** What is asked about tokens of a realm may not be seen there. */
export class RealmDenied extends Denied {
  override readonly code = 'access.realm-denied';
  /** @param realm the one that was named, or the default: never one that only the token is in */
  constructor(action: keyof typeof IN_REALM, realm: string) {
    super(`You do not have the administrative right to ${IN_REALM[action]} in realm ${pythonQuoted(realm)}.`);
  }
}
