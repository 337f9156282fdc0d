import type { AuditContext } from '@app/audit';

import type { ConfigurationAdministration } from '../configuration-administration.js';
import type { ResolverDefinition } from '../configuration.js';
import {
  MalformedResolverName,
  ResolverExists,
  ResolverReadonly,
  ResolverTypeFixed,
  ResolverUnusable,
} from '../realms.errors.js';
import type { UserDirectory } from '../user-directory.js';

const NAME = /^[a-zA-Z0-9_-]{4,}$/;

/** Creates, changes or renames a resolver (spec/system-api §4.1). */
export class DefineResolver {
  constructor(
    private readonly administration: ConfigurationAdministration,
    private readonly directory: UserDirectory,
  ) {}

  /**
   * @param previousName `null`: create; the same name: change; another one: rename
   * @throws ResolverExists, ResolverTypeFixed, ResolverReadonly, MalformedResolverName, ResolverUnusable, Unavailable
   */
  async execute(
    resolver: ResolverDefinition,
    previousName: string | null,
    context: AuditContext,
  ): Promise<void> {
    if (!NAME.test(resolver.name)) throw new MalformedResolverName(resolver.name);
    // Opened once before anything is stored, and outside of the transaction.
    await this.directory.probe(resolver).catch((cause: unknown) => {
      const failure = new ResolverUnusable(resolver.name);
      failure.cause = cause;
      throw failure;
    });
    await this.administration.change(context, async (configuration) => {
      const { resolvers } = configuration.before;
      const previous = previousName === null ? undefined : resolvers.get(previousName);
      if (resolver.name !== previousName && resolvers.has(resolver.name)) {
        throw new ResolverExists(resolver.name);
      }
      if (previous && previous.type !== resolver.type) throw new ResolverTypeFixed();
      if (previous?.readonly && !sameParameters(previous, resolver)) throw new ResolverReadonly();
      if (previous && previous.name !== resolver.name) {
        await configuration.renameResolver(previous.name, resolver.name);
      }
      // Once read-only, always: else a call that changes nothing but this would open it for the next.
      const readonly = resolver.readonly || (previous?.readonly ?? false);
      await configuration.saveResolver({ ...resolver, readonly });
      return { result: undefined, facts: { succeeded: true, info: resolver.name } };
    });
  }
}

function sameParameters(a: ResolverDefinition, b: ResolverDefinition): boolean {
  const names = new Set([...Object.keys(a.parameters), ...Object.keys(b.parameters)]);
  return [...names].every((name) => a.parameters[name] === b.parameters[name]);
}
