import {
  AmbiguousUser,
  Configuration,
  FindUser,
  type RealmUser,
  UnknownUser,
  type UserLookup,
} from '@app/realms';
import { Injectable } from '@nestjs/common';

import { loginNameOf } from '../../envelope/parameters/named-user.js';
import type { Parameters } from '../../envelope/parameters/parameters.js';

/** Finds the user that a request names. */
@Injectable()
export class RequestUsers {
  constructor(
    private readonly configuration: Configuration,
    private readonly findUser: FindUser,
  ) {}

  /** @returns `null` when the request names no user @throws Unavailable */
  async lookup(parameters: Parameters): Promise<UserLookup | null> {
    const configuration = this.configuration.current();
    const name = loginNameOf(parameters, configuration);
    return name.login === '' ? null : this.findUser.execute(name, configuration);
  }
}

/**
 * The user that was looked for.
 *
 * @param demand refuses what is not granted in a realm: who may not know whether a user exists there is not told
 * @throws whatever `demand` throws; UnknownUser, AmbiguousUser
 */
export function permitted(
  found: UserLookup | null,
  demand: (named: { readonly login: string; readonly realm: string }) => void,
): RealmUser | null {
  if (found && found.kind !== 'found') demand(found);
  switch (found?.kind) {
    case undefined:
      return null;
    case 'found':
      return found.user;
    case 'ambiguous':
      throw new AmbiguousUser(found.login);
    case 'unknown':
      throw new UnknownUser(found.login);
  }
}
