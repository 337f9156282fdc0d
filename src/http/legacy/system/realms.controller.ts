import {
  ChooseDefaultRealm,
  Configuration,
  type ConfigurationSnapshot,
  DefineRealm,
  type RealmDefinition,
  RemoveRealm,
  UnknownResolver,
} from '@app/realms';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { Changes, LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import type { Parameters } from '../../envelope/parameters/parameters.js';
import { NotAuthenticated, WireError } from '../../envelope/errors/wire-error.js';
import { type ExchangeRequest, note } from '../../exchange.js';
import { resolverBySpecification, resolverSpecification } from '../users/resolver-names.js';

/** `/system/setRealm`, `delRealm`, `getRealms`, `setDefaultRealm`, `getDefaultRealm` (spec/system-api §3). */
@LegacyController('system')
export class RealmsController {
  constructor(
    private readonly configuration: Configuration,
    private readonly defineRealm: DefineRealm,
    private readonly chooseDefaultRealm: ChooseDefaultRealm,
    private readonly removeRealm: RemoveRealm,
  ) {}

  @Reads('getRealms', {
    right: { scope: 'system', action: 'read' },
    summary: 'All realms, or one',
    parameters: [{ name: 'realm', description: 'only this one; unknown: all' }],
  })
  getRealms(@Req() { exchange }: ExchangeRequest): LegacyReply {
    const configuration = this.configuration.current();
    const wanted = configuration.realms.get((exchange.parameters.text('realm') ?? '').toLowerCase());
    const realms = wanted ? [wanted] : [...configuration.realms.values()];
    note(exchange, { succeeded: true });
    return reply(Object.fromEntries(realms.map((realm) => [realm.name, realmObject(realm, configuration)])));
  }

  @Reads('getDefaultRealm', {
    right: { scope: 'system', action: 'read' },
    summary: 'The default realm; all realms where none is set',
  })
  getDefaultRealm(@Req() { exchange }: ExchangeRequest): LegacyReply {
    const configuration = this.configuration.current();
    const chosen = configuration.realms.get(configuration.settings.defaultRealm ?? '');
    const realms = chosen ? [chosen] : [...configuration.realms.values()];
    note(exchange, { succeeded: true, info: chosen?.name ?? '' });
    return reply(Object.fromEntries(realms.map((realm) => [realm.name, realmObject(realm, configuration)])));
  }

  @Changes('delRealm', {
    right: { scope: 'system', action: 'write' },
    summary: 'Remove a realm; its tokens stay and leave it',
    parameters: [{ name: 'realm', description: 'its name', required: true }],
  })
  async delRealm(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const realm = exchange.parameters.text('realm');
    // What the record says when it fails (spec/system-api §3).
    note(exchange, { info: realm ?? 'no realm specified' });
    if (realm === null) throw new WireError(905, 'missing required parameter: realm');
    const isRemoved = await this.removeRealm.execute(realm, exchange.audit);
    exchange.isRecorded = true;
    return reply({ delRealm: { result: isRemoved } });
  }

  @Changes('setRealm', {
    right: { scope: 'system', action: 'write' },
    summary: 'Create a realm or replace its resolvers',
    parameters: [
      { name: 'realm', description: 'letters, digits, _, - and .; stored in lower case', required: true },
      { name: 'resolvers', description: 'specifications, comma-separated, in search order', required: true },
    ],
  })
  async setRealm(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters, administrator } = exchange;
    if (!administrator) throw new NotAuthenticated();
    const realm = parameters.text('realm');
    if (realm === null) throw new WireError(905, 'missing required parameter: realm');
    const resolvers = this.#resolverNames(parameters);
    await this.defineRealm.execute(realm, resolvers, administrator, exchange.audit);
    exchange.isRecorded = true;
    return reply(true);
  }

  @Changes('setDefaultRealm', {
    right: { scope: 'system', action: 'write' },
    summary: 'Choose the realm of logins without one',
    parameters: [{ name: 'realm', description: 'empty clears the choice' }],
  })
  async setDefaultRealm(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const realm = exchange.parameters.lowerCased().text('realm') ?? '';
    const isChosen = await this.chooseDefaultRealm.execute(realm, exchange.audit);
    exchange.isRecorded = true;
    return reply(isChosen);
  }

  #resolverNames(parameters: Parameters): string[] {
    const list = parameters.text('resolvers');
    if (list === null) throw new WireError(905, 'missing required parameter: resolvers');
    const configuration = this.configuration.current();
    return list
      .replaceAll(/[ "]/g, '')
      .split(',')
      .map((specification) => {
        const resolver = resolverBySpecification(specification, configuration);
        if (resolver) return resolver.name;
        throw new UnknownResolver(specification);
      });
  }
}

function realmObject(realm: RealmDefinition, configuration: ConfigurationSnapshot) {
  return {
    realmname: realm.name,
    entry: `linotp.useridresolver.group.${realm.name}`,
    useridresolver: realm.resolvers.flatMap((name) => {
      const resolver = configuration.resolvers.get(name);
      return resolver ? [resolverSpecification(resolver)] : [];
    }),
    // A text, and only on the default realm: recordings 41, 42.
    ...(configuration.settings.defaultRealm === realm.name && { default: 'true' }),
    admin: realm.name === configuration.adminRealm,
  };
}
