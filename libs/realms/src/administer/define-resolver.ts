import type { AuditContext } from '@app/audit';
import { Invalid, Secret, Unavailable } from '@app/kernel';

import type { ConfigurationAdministration } from '../configuration-administration.js';
import type { Configuration, ConfigurationSnapshot } from '../configuration.js';
import {
  MalformedResolverName,
  MissingSecrets,
  ResolverExists,
  ResolverReadonly,
  ResolverTypeFixed,
  ResolverUnusable,
  UnknownResolver,
} from '../realms.errors.js';
import type { ResolverDefinition, ResolverType, ResolverTypeDescription } from '../resolver.js';
import type { UserDirectory } from '../user-directory.js';
import { movedUserIds } from './moved-user-ids.js';

const NAME = /^[a-zA-Z0-9_-]{4,}$/;
const START_OVERS = 3;

/** A resolver as an administrator wants it. */
export interface ResolverWish {
  readonly name: string;
  readonly type: ResolverType;
  /** All settings that were given, secret ones too; those that the type does not have are passed over. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly readonly: boolean;
  /** `null`: create; the same name: change; another one: rename. */
  readonly previousName: string | null;
}

interface Draft {
  readonly previous: ResolverDefinition | null;
  readonly resolver: Omit<ResolverDefinition, 'revision'>;
}

/** Creates, changes or renames a resolver (spec/system-api §4.1). */
export class DefineResolver {
  constructor(
    private readonly configuration: Configuration,
    private readonly administration: ConfigurationAdministration,
    private readonly directory: UserDirectory,
  ) {}

  /**
   * A secret that is absent or empty is the stored one, unless a setting was changed that says whose secret it is.
   * Where user ids are made of something else now, tokens follow their owners by login name.
   *
   * @throws ResolverExists, ResolverTypeFixed, ResolverReadonly, MalformedResolverName, MissingSecrets, ResolverUnusable,
   *         UnknownResolver (the previous one), Invalid, Unavailable
   */
  async execute(wish: ResolverWish, context: AuditContext): Promise<void> {
    const description = this.directory.describe(wish.type);
    if (!description?.isDefinable && wish.previousName === null) {
      throw new Invalid('type', `resolvers of type ${wish.type} cannot be defined`);
    }
    for (let round = 0; round < START_OVERS; round++) {
      const draft = drafted(wish, description, this.configuration.current());
      await this.#tryOut(draft.resolver);
      const userIds = await this.#movedIds(draft, description);
      if (await this.#commit(draft, userIds, context)) return;
    }
    throw new Unavailable('the resolver keeps being changed by others');
  }

  /** Outside of the transaction: no lock is held while a directory is asked. */
  async #tryOut(resolver: Omit<ResolverDefinition, 'revision'>): Promise<void> {
    try {
      await this.directory.probe({ ...resolver, revision: '' });
    } catch (cause) {
      throw new ResolverUnusable(resolver.name, { cause });
    }
  }

  async #movedIds(
    { previous, resolver }: Draft,
    description: ResolverTypeDescription | null,
  ): Promise<ReadonlyMap<string, string>> {
    const sourceOf = description?.userIdSource.bind(description) ?? (() => '');
    if (!previous || sourceOf(previous.parameters) === sourceOf(resolver.parameters)) return new Map();
    const owners = await this.administration.owners(previous.name);
    return movedUserIds(this.directory, owners, previous, { ...resolver, revision: '' });
  }

  /** @returns `false` when somebody else changed the resolver meanwhile */
  #commit(
    { previous, resolver }: Draft,
    userIds: ReadonlyMap<string, string>,
    context: AuditContext,
  ): Promise<boolean> {
    return this.administration.change(context, async (configuration) => {
      const { resolvers } = configuration.before;
      const facts = { succeeded: true, info: resolver.name };
      if (previous && resolvers.get(previous.name)?.revision !== previous.revision) {
        await this.configuration.atLeast(configuration.before.version);
        return { result: false, facts: { succeeded: false, info: resolver.name } };
      }
      if (resolver.name !== previous?.name && resolvers.has(resolver.name)) {
        throw new ResolverExists(resolver.name);
      }
      if (previous && previous.name !== resolver.name) {
        await configuration.renameResolver(previous.name, resolver.name);
      }
      await configuration.saveResolver(resolver);
      if (userIds.size > 0) await configuration.moveOwners({ from: resolver.name, to: resolver, userIds });
      return { result: true, facts };
    });
  }
}

/** What the wish comes to, as the configuration is. In the order of spec/system-api §4.1. */
function drafted(
  wish: ResolverWish,
  description: ResolverTypeDescription | null,
  { resolvers }: ConfigurationSnapshot,
): Draft {
  const { name, previousName, type } = wish;
  const previous = previousName === null ? null : (resolvers.get(previousName) ?? null);
  if (previousName !== null && !previous) throw new UnknownResolver(previousName);
  if (name !== previousName && resolvers.has(name)) throw new ResolverExists(name);
  if (previous && previous.type !== type) throw new ResolverTypeFixed();
  const parameters = givenParameters(wish, description);
  const secrets = secretsOf(wish, description, parameters, previous);
  if (previous?.readonly && !isUnchanged(previous, parameters, wish, description))
    throw new ResolverReadonly();
  if (!NAME.test(name)) throw new MalformedResolverName(name);
  for (const parameter of description?.parameters ?? []) {
    if (parameter.isRequired && !parameter.isSecret && !parameters[parameter.name]) {
      const cause = new Invalid(parameter.name, `a resolver of this type needs ${parameter.name}`);
      throw new ResolverUnusable(name, { cause });
    }
  }
  // Once read-only, always: else a call that changes nothing but this would open it for the next.
  const readonly = wish.readonly || (previous?.readonly ?? false);
  return { previous, resolver: { name, type, parameters, secrets, readonly } };
}

function givenParameters(
  wish: ResolverWish,
  description: ResolverTypeDescription | null,
): Record<string, string> {
  const given: Record<string, string> = {};
  for (const { name, isSecret, fallback } of description?.parameters ?? []) {
    if (isSecret) continue;
    const value = Object.hasOwn(wish.parameters, name) ? wish.parameters[name] : undefined;
    // An empty value says as little as none.
    const text = value === undefined || value === '' ? fallback : value;
    if (text !== null) given[name] = text;
  }
  return given;
}

function secretsOf(
  wish: ResolverWish,
  description: ResolverTypeDescription | null,
  parameters: Readonly<Record<string, string>>,
  previous: ResolverDefinition | null,
): Record<string, Secret> {
  const isElsewhere = (description?.parameters ?? []).some(
    ({ name, guardsSecrets }) => guardsSecrets && previous?.parameters[name] !== parameters[name],
  );
  const secrets: Record<string, Secret> = {};
  const missing: string[] = [];
  for (const { name, isSecret, isRequired } of description?.parameters ?? []) {
    if (!isSecret) continue;
    const value = Object.hasOwn(wish.parameters, name) ? wish.parameters[name] : undefined;
    const stored = previous && !isElsewhere ? previous.secrets[name] : undefined;
    if (value) secrets[name] = Secret.fromText(value);
    else if (stored) secrets[name] = stored;
    // Given as empty, a new resolver has an empty one.
    else if (value === '' && !previous) secrets[name] = Secret.fromText('');
    else if (isRequired) missing.push(name);
  }
  if (missing.length > 0) throw new MissingSecrets(missing);
  return secrets;
}

function isUnchanged(
  previous: ResolverDefinition,
  parameters: Readonly<Record<string, string>>,
  wish: ResolverWish,
  description: ResolverTypeDescription | null,
): boolean {
  const secretNames = (description?.parameters ?? []).filter(({ isSecret }) => isSecret);
  const givesSecret = secretNames.some(({ name }) => Boolean(wish.parameters[name]));
  const names = new Set([...Object.keys(previous.parameters), ...Object.keys(parameters)]);
  return !givesSecret && [...names].every((name) => previous.parameters[name] === parameters[name]);
}
