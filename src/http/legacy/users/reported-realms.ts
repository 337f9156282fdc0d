import type { RealmRights } from '@app/policies';
import type { ConfigurationSnapshot } from '@app/realms';
import { NO_REALM } from '@app/tokens';

import { RealmsHidden } from '../../envelope/errors/right-missing.js';
import type { Parameters } from '../../envelope/parameters/parameters.js';

/** How clients name the realm of tokens that are in none. */
const NO_REALM_NAME = '/:no realm:/';

export interface ReportedRealms {
  /** That there are, and that the administrator sees; `''`: that of tokens in none. */
  readonly realms: readonly string[];
  /** Everything is asked for, and everything may be seen. */
  readonly isEverything: boolean;
}

/**
 * The realms that a call of `/monitoring` or `/reporting` is about (spec/admin-api §5.2). Names of realms that there are
 * none of, or that the administrator does not see, are passed over. Tokens in no realm are seen with a right everywhere.
 *
 * @param usual what an absent parameter means: `null` is every realm, but not that of tokens in none
 * @throws RealmsHidden when none is left
 */
export function reportedRealms(
  parameters: Parameters,
  usual: '*' | null,
  rights: RealmRights,
  configuration: ConfigurationSnapshot,
): ReportedRealms {
  const seen = [...configuration.realms.keys()].filter((realm) => rights.has(realm)).toSorted();
  const withNone = rights.isEverywhere ? [...seen, NO_REALM] : seen;
  const text = parameters.text('realms') || usual;
  const named = (text ?? '').split(',').map((name) => name.trim());
  const names = new Set(named.map((name) => (name === NO_REALM_NAME ? NO_REALM : name.toLowerCase())));
  const isEverything = names.has('*');
  const realms =
    text === null ? seen : isEverything ? withNone : withNone.filter((realm) => names.has(realm));
  if (realms.length === 0) throw new RealmsHidden(text === null ? (rights.realms ?? []) : named);
  return { realms, isEverything: isEverything && rights.isEverywhere };
}

export function realmName(realm: string): string {
  return realm === NO_REALM ? NO_REALM_NAME : realm;
}
