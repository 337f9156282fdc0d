import type { AuditContext } from '@app/audit';
import { Invalid, Secret } from '@app/kernel';

import { isLocalResolver } from '../administrators/authenticated-administrator.js';
import type { ConfigurationAdministration } from '../configuration-administration.js';
import type { Configuration, ConfigurationSnapshot } from '../configuration.js';
import {
  MissingSecrets,
  OwnersWouldChange,
  ResolverExists,
  ResolverReadonly,
  ResolverTypeFixed,
  ResolverUnusable,
  UnknownResolver,
} from '../realms.errors.js';
import type {
  ResolverDefinition,
  ResolverParameter,
  ResolverType,
  ResolverTypeDescription,
} from '../resolver.js';
import type { UserDirectory } from '../user-directory.js';
import { someAtATime } from '../some-at-a-time.js';
import { ASKED_AT_A_TIME, movedUserIds } from './moved-user-ids.js';
import { checkedResolverName } from './resolver-name.js';
import { Outdated, startingOver } from './starting-over.js';

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
   *         UnknownResolver (the previous one), OwnersWouldChange, Invalid, Unavailable
   */
  async execute(wish: ResolverWish, context: AuditContext): Promise<void> {
    const description = this.directory.describe(wish.type);
    if (!description?.isDefinable && wish.previousName === null) {
      throw new Invalid('type', `resolvers of type ${wish.type} cannot be defined`);
    }
    await startingOver(this.configuration, async () => {
      const draft = drafted(wish, description, this.configuration.current());
      await this.#tryOut(draft.resolver);
      await this.#commit(draft, await this.#movedIds(draft, description), context);
    });
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
    const next = { ...resolver, revision: '' };
    const moved = await movedUserIds(this.directory, owners, previous, next);
    await this.#refuseChangedOwners(
      owners.filter((owner) => !moved.has(owner)),
      next,
    );
    return moved;
  }

  /** Who is gone keeps their tokens under the old user id. If that is somebody else's now, so would be the tokens. */
  async #refuseChangedOwners(gone: readonly string[], next: ResolverDefinition): Promise<void> {
    const others = await someAtATime(gone, ASKED_AT_A_TIME, (userId) => this.directory.byId(next, userId));
    const userIds = gone.filter((_userId, place) => others[place]);
    if (userIds.length > 0) throw new OwnersWouldChange(userIds);
  }

  #commit(
    { previous, resolver }: Draft,
    userIds: ReadonlyMap<string, string>,
    context: AuditContext,
  ): Promise<void> {
    return this.administration.change(context, async (configuration) => {
      const { resolvers } = configuration.before;
      if (previous && resolvers.get(previous.name)?.revision !== previous.revision) {
        throw new Outdated(configuration);
      }
      if (resolver.name !== previous?.name && resolvers.has(resolver.name)) {
        throw new ResolverExists(resolver.name);
      }
      if (previous && previous.name !== resolver.name) {
        await configuration.renameResolver(previous.name, resolver.name);
      }
      await configuration.saveResolver(resolver);
      if (userIds.size > 0) await configuration.moveOwners({ from: resolver.name, to: resolver, userIds });
      return { result: undefined, facts: { succeeded: true, info: resolver.name } };
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
  if (previous?.readonly) return draftedReadonly(wish, description, previous);
  const parameters = givenParameters(wish, description);
  const secrets = secretsOf(wish, description, parameters, previous);
  checkedResolverName(name);
  for (const parameter of description?.parameters ?? []) {
    if (parameter.isRequired && !parameter.isSecret && !parameters[parameter.name]) {
      const cause = new Invalid(parameter.name, `a resolver of this type needs ${parameter.name}`);
      throw new ResolverUnusable(name, { cause });
    }
  }
  return { previous, resolver: { name, type, parameters, secrets, readonly: wish.readonly } };
}

/** A read-only resolver may be renamed, and stays read-only: else such a call would open it for the next. */
function draftedReadonly(
  { name, parameters }: ResolverWish,
  description: ResolverTypeDescription | null,
  previous: ResolverDefinition,
): Draft {
  for (const parameter of description?.parameters ?? []) {
    const given = parameters[parameter.name];
    if (given && (parameter.isSecret || given !== storedValue(previous, parameter))) {
      throw new ResolverReadonly();
    }
  }
  // At each start the local administrators' resolver is looked for under its own name.
  if (isLocalResolver(previous) && name !== previous.name) throw new ResolverReadonly();
  return { previous, resolver: { ...previous, name: checkedResolverName(name) } };
}

function storedValue(
  previous: ResolverDefinition,
  { name, fallback }: ResolverParameter,
): string | undefined {
  return previous.parameters[name] ?? fallback ?? undefined;
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
    (parameter) =>
      parameter.guardsSecrets && previous && storedValue(previous, parameter) !== parameters[parameter.name],
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
