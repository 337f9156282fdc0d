import type { ConfigurationSnapshot, LoginName } from '@app/realms';

/**
 * Whom a login may mean, in the order in which they are looked for (spec/validate-api §4.4, "User identification"): as it is
 * written, in the realm that is named or the default one; then split at its last `@`, or its first backslash.
 */
export function loginNames(
  login: string,
  realm: string | null,
  { realms, settings }: Pick<ConfigurationSnapshot, 'realms' | 'settings'>,
): readonly LoginName[] {
  const named = (realm ?? '').trim().toLowerCase();
  const first = realms.has(named) ? named : settings.defaultRealm?.toLowerCase();
  const at = login.lastIndexOf('@');
  const backslash = login.indexOf('\\');
  const split =
    at >= 0
      ? { login: login.slice(0, at), realm: login.slice(at + 1) }
      : backslash >= 0
        ? { login: login.slice(backslash + 1), realm: login.slice(0, backslash) }
        : null;
  const candidates = [...(first ? [{ login, realm: first }] : []), ...(split ? [split] : [])];
  return candidates
    .map((name) => ({ login: name.login, realm: name.realm.toLowerCase(), resolver: '' }))
    .filter((name) => name.login !== '' && realms.has(name.realm));
}
