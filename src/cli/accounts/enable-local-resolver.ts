import type { ConfigurationSnapshot } from '@app/realms';

import type { CommandInstallation } from '../../composition/command-line.js';

type Parts = Pick<CommandInstallation, 'settings' | 'configuration' | 'configurationAdministration'>;

/**
 * Puts the resolver of local administrators first into the realm of administrators, where it is missing: the way back in
 * when another resolver took its place and does not answer.
 *
 * @returns what was done @throws Unavailable
 */
export async function enableLocalResolver(
  { settings, configuration, configurationAdministration }: Parts,
  administrator: string,
): Promise<string> {
  const { adminRealm: realm, adminResolver: resolver } = settings;
  const isThere = (snapshot: ConfigurationSnapshot) =>
    snapshot.realms.get(realm)?.resolvers.includes(resolver) === true;
  if (isThere(configuration.current())) return `${resolver} is in ${realm} already.`;
  const context = { action: 'local-admins/enable', client: '', administrator, user: '', realm };
  await configurationAdministration.change(context, async (transaction) => {
    const others = (transaction.before.realms.get(realm)?.resolvers ?? []).filter(
      (name) => name !== resolver,
    );
    await transaction.saveRealm({ name: realm, resolvers: [resolver, ...others] });
    return { result: undefined, facts: { succeeded: true, info: `realm: '${realm}', first: '${resolver}'` } };
  });
  return `Put ${resolver} first into ${realm}.`;
}
