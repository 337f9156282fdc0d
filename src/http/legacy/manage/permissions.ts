import { ACTION_CATALOGUE, type AdminRights, type GlobalScope, RealmRights } from '@app/policies';

const REALM_SCOPES = ['admin', 'getToken', 'reporting.access'] as const;
const GLOBAL_SCOPES = ['system', 'audit', 'tools', 'monitoring'] as const satisfies readonly GlobalScope[];

/** What an administrator may do, as `<scope>/<action>`, for portals that show only that (spec/admin-api §5.1). */
export interface Permissions {
  readonly inRealm: Readonly<Record<string, readonly string[]>>;
  readonly anyRealm: readonly string[];
  readonly global: readonly string[];
}

export function permissionsOf(rights: AdminRights, realms: Iterable<string>): Permissions {
  const granted = REALM_SCOPES.flatMap((scope) =>
    actionsOf(scope).map((action) => ({
      name: `${scope}/${action}`,
      where: grantedRealms(rights, scope, action),
    })),
  );
  const inRealm = (realm: string) => granted.filter(({ where }) => where.has(realm)).map(({ name }) => name);
  return {
    inRealm: Object.fromEntries([...realms].map((realm) => [realm, inRealm(realm)])),
    anyRealm: granted.filter(({ where }) => where.isEverywhere).map(({ name }) => name),
    global: GLOBAL_SCOPES.flatMap((scope) =>
      actionsOf(scope)
        .filter((action) => rights.may(scope, action))
        .map((action) => `${scope}/${action}`),
    ),
  };
}

function grantedRealms(
  rights: AdminRights,
  scope: (typeof REALM_SCOPES)[number],
  action: string,
): RealmRights {
  // Every right in a realm implies this one.
  if (scope === 'admin' && action === 'show') return rights.shownRealms();
  return rights.realmsIn(scope, action);
}

/** Rights: what is either granted or not, and told of by `getPolicyDef`. */
function actionsOf(scope: string): readonly string[] {
  return ACTION_CATALOGUE.filter(
    (action) => action.scope === scope && action.type === 'bool' && action.declared === undefined,
  ).map(({ name }) => name);
}
