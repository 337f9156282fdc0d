import {
  type ConfigurationSnapshot,
  type RealmUser,
  type UserDirectory,
  type UserRecord,
  type UserReference,
  policyAttributes,
  policySubject,
} from '@app/realms';
import type { SentTokenType, Token } from '@app/tokens';

import type { LoginScene } from './policies/login-policies.js';

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
 * A token that was named without a user, where nothing goes by its owner: its challenges are of a realm all the same.
 * @param tokens those that may be meant
 */
export function concernedToken(tokens: readonly Token[], { settings }: ConfigurationSnapshot): Concerned {
  const [token] = tokens;
  const areOthers = token !== undefined && tokens.some((other) => !isSameOwner(token, other));
  const [first = settings.defaultRealm ?? '', ...others] = token?.realms ?? [];
  const isRealmUnclear = areOthers || others.length > 0;
  const realm = isRealmUnclear ? '' : first.toLowerCase();
  return { scene: { subject: null, realm, isRealmUnclear }, holder: null };
}

/**
 * The owner of a token that was named without a user (spec/validate-api §1.4): of its one realm, or the default one.
 * @param tokens those that may be meant; nobody's where they are of several people or realms
 * @throws Unavailable when the directory does not answer
 */
export async function concernedOwner(
  tokens: readonly Token[],
  configuration: ConfigurationSnapshot,
  directory: UserDirectory,
): Promise<Concerned> {
  const nobody = concernedToken(tokens, configuration);
  const [token] = tokens;
  const owner = token && tokens.every((other) => isSameOwner(token, other)) ? token.owner : null;
  const record = await recordOf(owner, configuration, directory);
  if (!owner || !record) return nobody;
  const { realm, isRealmUnclear } = nobody.scene;
  const login = record.username;
  const subject = { login, realm, resolvers: [owner.resolver], attributes: policyAttributes(record) };
  return { scene: { subject, realm, isRealmUnclear }, holder: { login, references: [owner], record } };
}

/** A token's owner, in the realm in which the token is, or else in one that knows them. */
export interface TokenUser {
  readonly login: string;
  readonly realm: string;
  readonly record: UserRecord;
}

/** @throws Unavailable when the directory does not answer */
export async function userOf(
  token: Token | undefined,
  configuration: ConfigurationSnapshot,
  directory: UserDirectory,
): Promise<TokenUser | null> {
  const owner = token?.owner ?? null;
  const record = await recordOf(owner, configuration, directory);
  if (!token || !owner || !record) return null;
  const { realms, settings } = configuration;
  const named = [
    ...token.realms,
    ...(settings.defaultRealm ? [settings.defaultRealm] : []),
    ...realms.keys(),
  ];
  const realm = named.find((name) => realms.get(name)?.resolvers.includes(owner.resolver)) ?? '';
  return { login: record.username, realm, record };
}

async function recordOf(
  owner: UserReference | null,
  configuration: ConfigurationSnapshot,
  directory: UserDirectory,
): Promise<UserRecord | null> {
  const resolver = owner && configuration.resolvers.get(owner.resolver);
  return owner && resolver ? directory.byId(resolver, owner.userId) : null;
}

/** Where the directory says that they can be reached, by the type of token that does; `''`: nowhere. */
export function recipientsOf(holder: PasswordHolder | null): Readonly<Record<SentTokenType, string>> {
  return { sms: holder?.record.mobile.trim() ?? '', email: holder?.record.email.trim() ?? '' };
}

/** Whether none was changed since, but by logins. */
export function areUnchanged(tokens: readonly Token[], before: readonly Token[]): boolean {
  return tokens.every(({ id, revision }) =>
    before.some((token) => token.id === id && token.revision === revision),
  );
}

function isSameOwner(one: Token, other: Token): boolean {
  return (
    one.owner?.resolver === other.owner?.resolver &&
    one.owner?.userId === other.owner?.userId &&
    one.realms.length === other.realms.length &&
    one.realms.every((realm) => other.realms.includes(realm))
  );
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
