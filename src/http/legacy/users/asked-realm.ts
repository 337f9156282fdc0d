import type { ConfigurationSnapshot } from '@app/realms';

import { loginNameOf } from '../../envelope/parameters/named-user.js';
import type { Parameters } from '../../envelope/parameters/parameters.js';

/** The realm that a request is about where it names no token: the named one, else the default; `''`: there is none. */
export function askedRealm(parameters: Parameters, configuration: ConfigurationSnapshot): string {
  const { realm } = loginNameOf(parameters, configuration);
  return (realm || (configuration.settings.defaultRealm ?? '')).toLowerCase();
}
