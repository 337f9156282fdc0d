import { Clock } from '@app/kernel';
import { AdminRights } from '@app/policies';
import { Configuration } from '@app/realms';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';

import type { Exchange, ExchangeRequest } from '../../exchange.js';
import { AdministratorSubjects } from './administrator-subjects.js';
import { RightMissing } from '../errors/right-missing.js';
import { NotAuthenticated } from '../errors/wire-error.js';

/** Finds out what the administrator may do, and refuses routes whose right is missing. */
@Injectable()
export class RightsGuard implements CanActivate {
  constructor(
    private readonly configuration: Configuration,
    private readonly clock: Clock,
    private readonly subjects: AdministratorSubjects,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { exchange } = context.getArgByIndex<ExchangeRequest>(0);
    return exchange.route?.isPublic === true || this.#check(exchange);
  }

  async #check(exchange: Exchange): Promise<boolean> {
    const { route, administrator, client } = exchange;
    if (!route?.right || !administrator) throw new NotAuthenticated();
    const configuration = this.configuration.current();
    const rights = new AdminRights(configuration.policies, {
      subject: await this.subjects.of(administrator, configuration),
      client,
      time: this.clock.now(),
    });
    exchange.rights = rights;
    const { right } = route;
    if (typeof right !== 'object') return true;
    // Of users, not of administrators: nobody has it here.
    if (right.scope === 'selfservice') throw new NotAuthenticated();
    if (!rights.may(right.scope, right.action)) {
      throw new RightMissing(right.scope, right.action);
    }
    return true;
  }
}

/** What the guard found out, for functions that check rights themselves. @throws NotAuthenticated on public routes */
export function rightsOf({ rights }: Exchange): AdminRights {
  if (!rights) throw new NotAuthenticated();
  return rights;
}
