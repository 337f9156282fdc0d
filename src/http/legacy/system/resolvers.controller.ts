import { Configuration, DefineResolver, type ResolverDefinition } from '@app/realms';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../envelope/envelope.js';
import { Changes, LegacyController, Reads } from '../../envelope/legacy-controller.js';
import type { Parameters } from '../../envelope/parameters.js';
import { UNSPECIFIC, WireError } from '../../envelope/wire-error.js';
import { type ExchangeRequest, note } from '../../exchange.js';
import { pythonQuoted, switchWord } from '../python-text.js';
import {
  definableResolverType,
  isAdminResolver,
  isImmutable,
  resolverEntry,
  resolverSpecification,
  resolverTypeName,
} from '../resolver-names.js';

/** `/system/setResolver`, `/system/getResolvers` (spec/system-api §4.1). */
@LegacyController('system')
export class ResolversController {
  constructor(
    private readonly configuration: Configuration,
    private readonly defineResolver: DefineResolver,
  ) {}

  @Reads('getResolvers', { summary: 'All resolvers' })
  getResolvers(@Req() { exchange }: ExchangeRequest): LegacyReply {
    const configuration = this.configuration.current();
    const resolvers = [...configuration.resolvers.values()].map((resolver) => [
      resolver.name,
      {
        resolvername: resolver.name,
        entry: resolverEntry(resolver),
        type: resolverTypeName(resolver),
        spec: resolverSpecification(resolver),
        admin: isAdminResolver(resolver, configuration),
        immutable: isImmutable(resolver),
        ...(resolver.readonly && { readonly: true }),
      },
    ]);
    note(exchange, { succeeded: true });
    return reply(Object.fromEntries(resolvers));
  }

  @Changes('setResolver', {
    summary: 'Create, change or rename a resolver',
    parameters: [
      { name: 'name', description: 'at least 4 letters, digits, _ or -', required: true },
      { name: 'type', description: 'passwdresolver', required: true },
      { name: 'fileName', description: 'path of the passwd file', required: true },
      { name: 'previous_name', description: 'the resolver to change or rename; absent: create' },
      { name: 'readonly', description: 'true: its settings can no longer be changed' },
    ],
  })
  async setResolver(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const resolver = parseResolver(parameters);
    await this.defineResolver.execute(resolver, parameters.text('previous_name') || null, exchange.audit);
    exchange.isRecorded = true;
    return reply(true);
  }
}

function parseResolver(parameters: Parameters): ResolverDefinition {
  const name = parameters.text('name');
  if (name === null) throw new WireError(905, 'missing required parameter "name"');
  const readonly = parseReadonly(parameters.text('readonly'));
  const typeName = parameters.text('type');
  if (typeName === null) throw new WireError(UNSPECIFIC, "'type'");
  const type = definableResolverType(typeName);
  if (!type) throw new WireError(UNSPECIFIC, `no such resolver type '${pythonQuoted(typeName)}' defined!`);
  const fileName = parameters.text('fileName');
  return { name, type, parameters: fileName ? { fileName } : {}, readonly };
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
