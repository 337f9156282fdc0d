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
  constructor(
    readonly resolver: string,
    options?: ErrorOptions,
  ) {
    super('resolver', `resolver ${resolver} cannot be opened with these settings`, options);
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

/** No realm can lose what its users come from. */
export class ResolverInUse extends Conflict {
  override readonly code = 'resolver.in-use';
  constructor(
    readonly resolver: string,
    readonly realms: readonly string[],
  ) {
    super(`resolver ${resolver} is used by the realms ${realms.join(', ')}`);
  }
}

/** The local administrators' own resolver stays. */
export class ResolverProtected extends Conflict {
  override readonly code = 'resolver.protected';
  constructor(readonly resolver: string) {
    super(`resolver ${resolver} cannot be removed`);
  }
}

/** Secrets that are needed and that nothing stored stands for. */
export class MissingSecrets extends Invalid {
  override readonly code = 'resolver.missing-secrets';
  constructor(readonly names: readonly string[]) {
    super(names.join(', '), `${names.join(', ')} must be given: what they were stored for has changed`);
  }
}

/** After a change of what user ids are made of, tokens would belong to people who never had them. */
export class OwnersWouldChange extends Conflict {
  override readonly code = 'resolver.owners-would-change';
  constructor(readonly userIds: readonly string[]) {
    super(
      `tokens of users who are gone would become tokens of others: unassign those of the user ids ${userIds.slice(0, 10).join(', ')} first`,
    );
  }
}

/** One of the resolvers of a migration does not exist. */
export class UnknownMigration extends DomainError {
  readonly code = 'resolver.unknown-migration';
  constructor() {
    super('no such source or target resolver');
  }
}

/** Twinlock's own administrators keep their tokens, and get nobody else's. */
export class MigrationOfAdministrators extends Conflict {
  override readonly code = 'resolver.migration-of-administrators';
  constructor(readonly resolver: string) {
    super(`tokens are not moved from or to ${resolver}, the resolver of the local administrators`);
  }
}

/** Whoever is logged in is no administrator whose account Twinlock keeps itself. */
export class NoLocalAdministrator extends DomainError {
  readonly code = 'administrator.not-local';
  constructor(readonly username: string) {
    super(`${username} is no local administrator`);
  }
}

export class OldPasswordWrong extends DomainError {
  readonly code = 'administrator.old-password-wrong';
  constructor() {
    super('the old password is wrong');
  }
}

/** So many passwords were wrong lately that none is looked at for a while. */
export class TooManyFailures extends DomainError {
  readonly code = 'administrator.throttled';
  constructor(readonly retryAfterSeconds: number) {
    super(`too many failed attempts: wait ${retryAfterSeconds} seconds`);
  }
}

/** Administrators would have nowhere to come from. */
export class AdminRealmProtected extends Conflict {
  override readonly code = 'realm.protected';
  constructor(readonly realm: string) {
    super(`the admin realm ${realm} cannot be removed`);
  }
}
