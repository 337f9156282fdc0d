import {
  AmbiguousUser,
  Configuration,
  FindUser,
  type RealmUser,
  UnknownUser,
  type UserLookup,
} from '@app/realms';
import { Injectable } from '@nestjs/common';

import { loginNameOf } from '../envelope/named-user.js';
import type { Parameters } from '../envelope/parameters.js';

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

  /** @returns `null` when the request names no user @throws UnknownUser, AmbiguousUser, Unavailable */
  async find(parameters: Parameters): Promise<RealmUser | null> {
    const found = await this.lookup(parameters);
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
}
