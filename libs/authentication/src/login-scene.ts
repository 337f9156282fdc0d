import {
  type ConfigurationSnapshot,
  type RealmUser,
  type UserDirectory,
  type UserRecord,
  type UserReference,
  policyAttributes,
  policySubject,
} from '@app/realms';
import type { Token } from '@app/tokens';

import type { LoginScene } from './login-policies.js';

/** A person who has a password in a directory. */
export interface PasswordHolder {
  readonly login: string;
  /** The first is the one that the record is of. */
  readonly references: readonly UserReference[];
  readonly record: UserRecord;
}

/** Whom a login concerns, with what its policies go by. */
export interface Concerned {
  readonly scene: Omit<LoginScene, 'client' | 'time' | 'ledBy'>;
  /** `null`: nobody is known whose password could be asked for. */
  readonly holder: PasswordHolder | null;
}

export function concernedUser(user: RealmUser): Concerned {
  const { realm } = user;
  return { scene: { subject: policySubject(user), realm, isRealmUnclear: false }, holder: user };
}

export function concernedNobody(login: string, realm: string): Concerned {
  const subject = { login, realm: realm.toLowerCase(), resolvers: [], attributes: null };
  return { scene: { subject, realm: realm.toLowerCase(), isRealmUnclear: false }, holder: null };
}

/**
 * The owner of a token that was named without a user (spec/validate-api §1.4): of its one realm, or the default one.
 * @throws Unavailable when the directory does not answer
 */
export async function concernedOwner(
  token: Token | undefined,
  configuration: ConfigurationSnapshot,
  directory: UserDirectory,
): Promise<Concerned> {
  const [first = configuration.settings.defaultRealm ?? '', ...others] = token?.realms ?? [];
  const isRealmUnclear = others.length > 0;
  const realm = isRealmUnclear ? '' : first.toLowerCase();
  const owner = token?.owner ?? null;
  const resolver = owner && configuration.resolvers.get(owner.resolver);
  const record = owner && resolver ? await directory.byId(resolver, owner.userId) : null;
  if (!owner || !record) return { scene: { subject: null, realm, isRealmUnclear }, holder: null };
  const login = record.username;
  const subject = { login, realm, resolvers: [owner.resolver], attributes: policyAttributes(record) };
  return { scene: { subject, realm, isRealmUnclear }, holder: { login, references: [owner], record } };
}

/**
 * Whether one of the directories that know the person knows the password. An empty one is nobody's: some servers take it
 * for an anonymous login.
 * @throws Unavailable when one of them does not answer and no other says yes
 */
export async function hasUserPassword(
  holder: PasswordHolder | null,
  password: string,
  configuration: ConfigurationSnapshot,
  directory: UserDirectory,
): Promise<boolean> {
  if (!holder || password === '') return false;
  let failure: unknown;
  for (const [place, reference] of holder.references.entries()) {
    const resolver = configuration.resolvers.get(reference.resolver);
    if (!resolver) continue;
    try {
      const record = place === 0 ? holder.record : await directory.byLogin(resolver, holder.login);
      if (record?.userId !== reference.userId) continue;
      if (await directory.hasPassword(resolver, record, password)) return true;
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return false;
}
