import { Conflict, DomainError, Invalid } from '@app/kernel';

/** The login of a request names nobody. */
export class UnknownUser extends DomainError {
  readonly code = 'user.unknown';
  constructor(readonly login: string) {
    super(`no user ${login}`);
  }
}

/** Several resolvers of the realm know the login, under different user ids. */
export class AmbiguousUser extends DomainError {
  readonly code = 'user.ambiguous';
  constructor(readonly login: string) {
    super(`several users ${login}`);
  }
}

export class UnknownResolver extends DomainError {
  readonly code = 'resolver.unknown';
  constructor(readonly specification: string) {
    super(`no resolver ${specification}`);
  }
}

export class ResolverExists extends Conflict {
  override readonly code = 'resolver.exists';
  constructor(readonly resolver: string) {
    super(`resolver ${resolver} exists`);
  }
}

export class ResolverTypeFixed extends Conflict {
  override readonly code = 'resolver.type-fixed';
  constructor() {
    super('the type of a resolver cannot be changed');
  }
}

export class ResolverReadonly extends Conflict {
  override readonly code = 'resolver.readonly';
  constructor() {
    super('the resolver is read-only');
  }
}

/** The settings of a resolver do not lead to any users. */
export class ResolverUnusable extends Invalid {
  override readonly code = 'resolver.unusable';
  constructor(readonly resolver: string) {
    super('resolver', `resolver ${resolver} cannot be opened with these settings`);
  }
}

export class MalformedResolverName extends Invalid {
  override readonly code = 'resolver.malformed-name';
  constructor(readonly resolver: string) {
    super('name', 'a resolver name has at least 4 characters: letters, digits, _ and -');
  }
}

export class MalformedRealmName extends Invalid {
  override readonly code = 'realm.malformed-name';
  constructor(readonly realm: string) {
    super('realm', 'a realm name has letters, digits, _, - and . only');
  }
}

/** The change would shut the administrator who makes it out. */
export class AdministratorLockout extends Conflict {
  override readonly code = 'realm.administrator-lockout';
  constructor(
    readonly resolver: string,
    readonly realm: string,
  ) {
    super(`resolver ${resolver} cannot be removed from ${realm}`);
  }
}
