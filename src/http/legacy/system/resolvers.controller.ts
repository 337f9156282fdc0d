import {
  Configuration,
  type ConfigurationSnapshot,
  DefineResolver,
  RemoveResolver,
  type ResolverDefinition,
  type ResolverWish,
  UserDirectory,
} from '@app/realms';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { Changes, LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import type { Parameters } from '../../envelope/parameters/parameters.js';
import { UNSPECIFIC, WireError } from '../../envelope/errors/wire-error.js';
import { type ExchangeRequest, note } from '../../exchange.js';
import { SECRET_MASK } from '../tokens/masked.js';
import { pythonQuoted, switchWord } from '../python-text.js';
import {
  isAdminResolver,
  isImmutable,
  resolverSpecification,
  resolverTypeName,
  resolverTypeOf,
} from '../users/resolver-names.js';
import { resolverObject } from '../users/resolver-object.js';

/** `/system/setResolver`, `getResolver`, `getResolvers`, `delResolver` (spec/system-api §4.1). */
@LegacyController('system')
export class ResolversController {
  constructor(
    private readonly configuration: Configuration,
    private readonly directory: UserDirectory,
    private readonly defineResolver: DefineResolver,
    private readonly removeResolver: RemoveResolver,
  ) {}

  @Reads('getResolvers', { right: { scope: 'system', action: 'read' }, summary: 'All resolvers' })
  getResolvers(@Req() { exchange }: ExchangeRequest): LegacyReply {
    const configuration = this.configuration.current();
    const resolvers = [...configuration.resolvers.values()].map((resolver) => [
      resolver.name,
      resolverObject(resolver, configuration),
    ]);
    note(exchange, { succeeded: true });
    return reply(Object.fromEntries(resolvers));
  }

  @Reads('getResolver', {
    right: { scope: 'system', action: 'read' },
    summary: 'The settings of a resolver; secrets are masked',
    parameters: [{ name: 'resolver', description: 'its name', required: true }],
  })
  getResolver(@Req() { exchange }: ExchangeRequest): LegacyReply {
    const name = exchange.parameters.lowerCased().text('resolver');
    if (name === null) throw new WireError(905, 'missing required parameter: resolver');
    if (name === '') throw new WireError(UNSPECIFIC, '[getResolver] missing resolver name');
    const configuration = this.configuration.current();
    const resolver = configuration.resolvers.get(name);
    note(exchange, { succeeded: true, info: name });
    if (!resolver) return reply({ type: null, data: {}, resolver: name });
    return reply({
      type: resolverTypeName(resolver),
      data: this.#shownParameters(resolver),
      resolver: name,
      spec: resolverSpecification(resolver),
      admin: isAdminResolver(resolver, configuration),
      immutable: isImmutable(resolver),
      ...(resolver.readonly && { readonly: true }),
    });
  }

  @Changes('setResolver', {
    right: { scope: 'system', action: 'write' },
    summary: 'Create, change or rename a resolver',
    parameters: [
      { name: 'name', description: 'at least 4 letters, digits, _ or -', required: true },
      { name: 'type', description: 'passwdresolver, ldapresolver or sqlresolver', required: true },
      { name: 'fileName', description: 'passwdresolver: path of the passwd file' },
      { name: 'LDAPURI', description: 'ldapresolver, like the other settings of its type' },
      { name: 'Server', description: 'sqlresolver, like the other settings of its type' },
      { name: 'previous_name', description: 'the resolver to change or rename; absent: create' },
      { name: 'readonly', description: 'true: its settings can no longer be changed' },
    ],
  })
  async setResolver(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const wish = parseWish(exchange.parameters, this.configuration.current(), this.directory);
    await this.defineResolver.execute(wish, exchange.audit);
    exchange.isRecorded = true;
    return reply(true);
  }

  @Changes('delResolver', {
    right: { scope: 'system', action: 'write' },
    summary: 'Remove a resolver that no realm uses',
    parameters: [{ name: 'resolver', description: 'its name', required: true }],
  })
  async delResolver(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const name = exchange.parameters.lowerCased().text('resolver');
    if (name === null) throw new WireError(905, 'missing required parameter: resolver');
    const isRemoved = await this.removeResolver.execute(name, exchange.audit);
    exchange.isRecorded = true;
    return reply(isRemoved);
  }

  #shownParameters(resolver: ResolverDefinition): Record<string, string> {
    const shown: Record<string, string> = {};
    for (const { name, isSecret, fallback } of this.directory.describe(resolver.type)?.parameters ?? []) {
      const value = isSecret ? SECRET_MASK : (resolver.parameters[name] ?? fallback);
      if (value !== null) shown[name] = value;
    }
    return shown;
  }
}

function parseWish(
  parameters: Parameters,
  configuration: ConfigurationSnapshot,
  directory: UserDirectory,
): ResolverWish {
  const name = parameters.text('name');
  if (name === null) throw new WireError(905, 'missing required parameter "name"');
  const readonly = parseReadonly(parameters.text('readonly'));
  const typeName = parameters.text('type');
  if (typeName === null) throw new WireError(UNSPECIFIC, "'type'");
  const previousName = parameters.text('previous_name') || null;
  const previous = previousName === null ? undefined : configuration.resolvers.get(previousName);
  // Several types go by one name: what is there already says which.
  const type = previous && resolverTypeName(previous) === typeName ? previous.type : resolverTypeOf(typeName);
  const description = directory.describe(type);
  if (!description) {
    throw new WireError(UNSPECIFIC, `no such resolver type '${pythonQuoted(typeName)}' defined!`);
  }
  const given: Record<string, string> = {};
  for (const parameter of description.parameters) {
    const value = parameters.text(parameter.name);
    if (value !== null) given[parameter.name] = parameter.isSecret && value === SECRET_MASK ? '' : value;
  }
  return { name, type, parameters: given, readonly, previousName };
}

function parseReadonly(text: string | null): boolean {
  if (text === null || text === '') return false;
  const isReadonly = switchWord(text);
  if (isReadonly !== null) return isReadonly;
  throw new WireError(
    UNSPECIFIC,
    `Failed to convert attribute 'readonly' to a boolean value! ${pythonQuoted(text)}`,
  );
}
