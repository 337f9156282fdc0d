import type { AuditContext } from '@app/audit';

import { checkedResolverName } from '../administer/resolver-name.js';
import { Outdated, startingOver } from '../administer/starting-over.js';
import { isLocalResolver } from '../administrators/authenticated-administrator.js';
import type { ConfigurationAdministration } from '../configuration-administration.js';
import type { Configuration, ConfigurationSnapshot } from '../configuration.js';
import { someAtATime } from '../some-at-a-time.js';
import {
  ImportIntoAdministrators,
  NoPasswordHash,
  PreviewOutdated,
  ResolverNotManaged,
} from './import.errors.js';
import type { ImportedPasswords } from './imported-passwords.js';
import { MANAGED, type ManagedUser } from './managed-user.js';
import type { ManagedUsers } from './managed-users.js';
import type { ImportedUser } from './parse-import.js';
import { basisOf, type ImportPlan, type ImportResult, importSummary, planImport } from './plan-import.js';

const PASSWORDS_AT_A_TIME = 2;

export interface ImportWish {
  /** Made if there is none of that name. */
  readonly resolver: string;
  /** Asked before a resolver is made: throws where that is not granted. */
  readonly demandCreation: () => void;
  readonly users: readonly ImportedUser[];
  /** Passwords are hashed; else they are hashes. */
  readonly arePasswordsPlain: boolean;
  /** Changes nothing, and leaves no record. */
  readonly isDryRun: boolean;
  /** The preview that was looked at: nothing else is carried out. `null`: whatever the file says. */
  readonly preview: string | null;
}

/** Makes the users of a managed resolver those of a file, all or nothing (spec/system-api §5.3). */
export class ImportUsers {
  constructor(
    private readonly configuration: Configuration,
    private readonly administration: ConfigurationAdministration,
    private readonly users: ManagedUsers,
    private readonly passwords: ImportedPasswords,
  ) {}

  /**
   * @throws ImportIntoAdministrators, ResolverNotManaged, MalformedResolverName, DuplicateUser, NoPasswordHash,
   *         PreviewOutdated, Unavailable
   */
  async execute(wish: ImportWish, context: AuditContext): Promise<ImportResult> {
    if (!wish.arePasswordsPlain) this.#refuseOtherThanHashes(wish.users);
    return startingOver(this.configuration, async () => {
      refuseOtherResolvers(wish.resolver, this.configuration.current());
      if (!this.configuration.current().resolvers.has(wish.resolver)) wish.demandCreation();
      const plan = await this.#plan(wish);
      if (wish.preview !== null && wish.preview !== plan.preview) throw new PreviewOutdated();
      if (!wish.isDryRun) await this.#commit(wish, plan, await this.#hashed(plan), context);
      return plan;
    });
  }

  #refuseOtherThanHashes(users: readonly ImportedUser[]): void {
    for (const { password, line } of users) {
      if (password !== '' && !this.passwords.isHash(password)) throw new NoPasswordHash(line);
    }
  }

  async #plan({ resolver, users: file, arePasswordsPlain }: ImportWish): Promise<ImportPlan> {
    const stored = await this.users.all(resolver);
    const hashes = new Map(stored.map(({ userId, passwordHash }) => [userId, passwordHash]));
    const known = file.filter(({ userId }) => hashes.has(userId));
    const areSame = await someAtATime(known, PASSWORDS_AT_A_TIME, async ({ userId, password }) => {
      const hash = hashes.get(userId) ?? null;
      if (!arePasswordsPlain || password === '') return hash === (password || null);
      return hash !== null && this.passwords.verify(hash, password);
    });
    const samePasswords = new Set(known.filter((_user, place) => areSame[place]).map(({ userId }) => userId));
    return planImport({ resolver, file, stored, arePasswordsPlain, samePasswords });
  }

  /** Before any lock is taken: many passwords take minutes. */
  #hashed({ saved }: ImportPlan): Promise<readonly ManagedUser[]> {
    return someAtATime(saved, PASSWORDS_AT_A_TIME, async ({ profile, password }) => ({
      ...profile,
      passwordHash: password.kind === 'hash' ? password.hash : await this.passwords.hash(password.text),
    }));
  }

  #commit(
    { resolver, demandCreation }: ImportWish,
    plan: ImportPlan,
    saved: readonly ManagedUser[],
    context: AuditContext,
  ): Promise<void> {
    return this.administration.change(context, async (configuration) => {
      refuseOtherResolvers(resolver, configuration.before);
      if (basisOf(await configuration.managedUsers(resolver)) !== plan.basis) {
        throw new Outdated(configuration);
      }
      if (!configuration.before.resolvers.has(resolver)) {
        demandCreation();
        await configuration.saveResolver({
          name: resolver,
          type: MANAGED,
          // As LinOTP shows it; its other parameters are the same for all.
          parameters: { Where: `groupid = '${resolver}'` },
          secrets: {},
          readonly: true,
        });
      }
      await configuration.changeManagedUsers(resolver, { removed: [...plan.deleted.keys()], saved });
      return { result: undefined, facts: { succeeded: true, info: importSummary(resolver, plan) } };
    });
  }
}

function refuseOtherResolvers(name: string, { resolvers, realms, adminRealm }: ConfigurationSnapshot): void {
  const resolver = resolvers.get(name);
  // Whoever may import users is not to make administrators.
  const isOfAdministrators = realms.get(adminRealm)?.resolvers.includes(name) ?? false;
  if (!resolver) checkedResolverName(name);
  else if (isOfAdministrators || isLocalResolver(resolver)) throw new ImportIntoAdministrators(name);
  else if (resolver.type !== MANAGED) throw new ResolverNotManaged(name);
}
