import { Configuration, CountUsers, resolversOfRealm, UserDirectory } from '@app/realms';
import { countTokensIn, isCountable, kindsOfRealms, TokenCounts } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import type { Parameters } from '../../envelope/parameters/parameters.js';
import { rightsOf } from '../../envelope/access/rights.guard.js';
import { UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';
import { type Exchange, type ExchangeRequest, note } from '../../exchange.js';
import { Readiness } from '../../ops/readiness.js';
import { pythonQuoted } from '../python-text.js';
import { realmName, reportedRealms } from '../users/reported-realms.js';
import { resolverSpecification } from '../users/resolver-names.js';
import { configurationCounts } from './configuration-counts.js';

const REALMS = {
  name: 'realms',
  description: 'comma-separated; /:no realm:/; absent: all; *: all, and /:no realm:/',
};

/** `/monitoring`: numbers for those who run the service (spec/admin-api §5.2, spec/system-api §8). */
@LegacyController('monitoring')
export class MonitoringController {
  constructor(
    private readonly configuration: Configuration,
    private readonly directory: UserDirectory,
    private readonly counts: TokenCounts,
    private readonly countUsers: CountUsers,
    private readonly readiness: Readiness,
  ) {}

  @Reads('tokens', {
    right: { scope: 'monitoring', action: 'tokens' },
    summary: 'How many tokens there are in each realm, and in all of them together',
    parameters: [
      {
        name: 'status',
        description: 'comma-separated: active, inactive, assigned, unassigned, or several joined by &',
      },
      REALMS,
    ],
  })
  async tokens(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const statuses = statusesOf(exchange.parameters);
    const realms = this.#realms(exchange, 'tokens');
    const kinds = await this.counts.kinds();
    const holders = await this.counts.holders(realms);
    const counted = (within: readonly string[], users: number) => {
      const found = kindsOfRealms(kinds, within);
      return {
        total: countTokensIn(found, 'total'),
        'total users': users,
        ...Object.fromEntries(statuses.map((status) => [status, countTokensIn(found, status)])),
      };
    };
    const usersOf = (realm: string) =>
      holders.filter((one) => one.realm === realm).reduce((sum, { users }) => sum + users, 0);
    const value = {
      Summary: counted(realms, await this.counts.countHolders(realms)),
      Realms: Object.fromEntries(realms.map((realm) => [realmName(realm), counted([realm], usersOf(realm))])),
    };
    note(exchange, { succeeded: true });
    return reply(value);
  }

  @Reads('config', {
    right: { scope: 'monitoring', action: 'config' },
    summary: 'How much configuration there is',
  })
  config(@Req() { exchange }: ExchangeRequest): LegacyReply {
    const counts = configurationCounts(this.configuration.current(), this.directory, new Date());
    note(exchange, { succeeded: true });
    return reply(counts);
  }

  @Reads('storageEncryption', {
    right: { scope: 'monitoring', action: 'storageEncryption' },
    summary: 'Whether secrets are stored sealed',
  })
  async storageEncryption(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const checks = await this.readiness.check();
    if (!checks.find(({ name }) => name === 'keyring')?.isReady) throw new WireError(707, 'hsm not ready!');
    note(exchange, { succeeded: true });
    return reply({ cryptmodul_type: 'DefaultSecurityModule', cryptmodul_name: 'Default', encryption: true });
  }

  @Reads('license', {
    right: { scope: 'monitoring', action: 'license' },
    summary: 'The state of the support license: there is none',
  })
  license(@Req() { exchange }: ExchangeRequest): LegacyReply {
    note(exchange, { succeeded: true });
    return reply({ valid: false, message: 'license file is empty!' });
  }

  @Reads('userinfo', {
    right: { scope: 'monitoring', action: 'userinfo' },
    summary: 'How many users the resolvers of each realm have; counted once a minute at most',
    parameters: [REALMS],
  })
  async userinfo(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const configuration = this.configuration.current();
    const realms = this.#realms(exchange, 'userinfo');
    const resolvers = new Set(realms.flatMap((realm) => resolversOfRealm(configuration, realm)));
    const counted = new Map(
      await Promise.all(
        [...resolvers].map(async (one) => [one, await this.countUsers.execute(one)] as const),
      ),
    );
    const named = (kind: 'unavailable' | 'at least') =>
      [...counted].filter(([, count]) => count.kind === kind).map(([one]) => resolverSpecification(one));
    const [unavailable, incomplete] = [named('unavailable'), named('at least')];
    const usersOf = (realm: string) =>
      resolversOfRealm(configuration, realm).flatMap((resolver) => {
        const count = counted.get(resolver);
        return !count || count.kind === 'unavailable' ? [] : [[resolver.name, count.users] as const];
      });
    note(exchange, { succeeded: true });
    return reply(
      {
        Realms: Object.fromEntries(
          realms.map((realm) => [realmName(realm), Object.fromEntries(usersOf(realm))]),
        ),
      },
      {
        detail: {
          ...(unavailable.length > 0 && { unavailable }),
          ...(incomplete.length > 0 && { incomplete }),
        },
      },
    );
  }

  @Reads('activeUsers', {
    right: { scope: 'monitoring', action: 'activeUsers' },
    summary: 'How many users have an active token, by realm and resolver',
    parameters: [REALMS],
  })
  async activeUsers(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const configuration = this.configuration.current();
    const realms = this.#realms(exchange, 'activeUsers');
    const holders = await this.counts.holders(realms);
    const usersOf = (realm: string) => [
      ...resolversOfRealm(configuration, realm).map(({ name }) => [name, 0] as const),
      ...holders
        .filter((one) => one.realm === realm)
        .map(({ resolver, users }) => [resolver, users] as const),
    ];
    const value = {
      Realms: Object.fromEntries(
        realms.map((realm) => [realmName(realm), Object.fromEntries(usersOf(realm))]),
      ),
      total: await this.counts.countHolders(realms),
    };
    note(exchange, { succeeded: true });
    return reply(value);
  }

  #realms(exchange: Exchange, action: string): readonly string[] {
    const rights = rightsOf(exchange).realmsIn('monitoring', action);
    return reportedRealms(exchange.parameters, null, rights, this.configuration.current()).realms;
  }
}

/** @throws WireError for a word that tokens are not counted by */
function statusesOf(parameters: Parameters): readonly string[] {
  const statuses = (parameters.text('status') ?? '')
    .split(',')
    .map((status) => status.trim())
    .filter((status) => status !== '');
  const unknown = statuses.find((status) => !isCountable(status));
  if (unknown !== undefined) throw new WireError(UNSPECIFIC, `Unknown token_status ${pythonQuoted(unknown)}`);
  return statuses;
}
