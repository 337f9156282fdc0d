import { cleanText } from '@app/kernel';
import { type ConfigurationSnapshot, type LoginName, parseLoginName } from '@app/realms';

import type { Parameters } from './parameters.js';

/** `user`, `realm` and `resConf` of a request (spec/admin-api §1.2). */
export function loginNameOf(parameters: Parameters, configuration: ConfigurationSnapshot): LoginName {
  const text = (name: string) => cleanText(parameters.text(name) ?? '');
  return parseLoginName(
    { user: text('user'), realm: text('realm'), resolver: text('resConf') },
    configuration.settings.splitAtSign,
  );
}

/** What a record says of the user before anybody has looked for them (spec/admin-api §1.8). */
export function recordedUser(
  parameters: Parameters,
  configuration: ConfigurationSnapshot,
): { user: string; realm: string } {
  const { login, realm } = loginNameOf(parameters, configuration);
  const byDefault = login === '' ? '' : (configuration.settings.defaultRealm ?? '');
  return { user: login, realm: realm === '' ? byDefault : realm.toLowerCase() };
}
