import { concernedUser } from '@app/authentication';
import { Unavailable } from '@app/kernel';
import type { PolicySet, PolicySubject } from '@app/policies';
import { type ConfigurationSnapshot, UserDirectory } from '@app/realms';
import { Injectable, Logger } from '@nestjs/common';

import type { AdminIdentity } from '../../exchange.js';

const ADMINISTRATION: ReadonlySet<string> = new Set([
  'admin',
  'system',
  'audit',
  'tools',
  'monitoring',
  'reporting.access',
]);

/** Whom policies mean by an administrator. */
@Injectable()
export class AdministratorSubjects {
  readonly #logger = new Logger('Rights');
  /** By configuration: most have no such policy, and then nobody is looked up. */
  readonly #areAttributesAsked = new WeakMap<PolicySet, boolean>();

  constructor(private readonly directory: UserDirectory) {}

  /** While the directory is away nothing is known of anybody's attributes: policies that ask for them grant nothing. */
  async of(identity: AdminIdentity, configuration: ConfigurationSnapshot): Promise<PolicySubject> {
    const { username, realm, resolver } = identity;
    const subject = { login: username, realm, resolvers: [resolver], attributes: null };
    const definition = configuration.resolvers.get(resolver);
    if (!definition || !this.#asksForAttributes(configuration.policies)) return subject;
    try {
      const record = await this.directory.byLogin(definition, username);
      if (!record) return subject;
      const references = [{ resolver, userId: record.userId }];
      const known = concernedUser({ login: username, realm, references, record });
      return { ...subject, attributes: known.scene.subject?.attributes ?? null };
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      this.#logger.warn(`attributes of ${username}@${realm} are not known: ${error.message}`);
      return subject;
    }
  }

  #asksForAttributes(policies: PolicySet): boolean {
    const known = this.#areAttributesAsked.get(policies);
    if (known !== undefined) return known;
    const asks = policies.all.some(
      ({ scope, user, isActive }) => isActive && ADMINISTRATION.has(scope) && user.includes('#'),
    );
    this.#areAttributesAsked.set(policies, asks);
    return asks;
  }
}
