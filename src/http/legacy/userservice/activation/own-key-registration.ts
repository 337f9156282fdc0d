import type { RegisterKey } from '@app/tokens';

import type { LegacyReply } from '../../../envelope/envelope.js';
import type { Exchange } from '../../../exchange.js';
import { currentUserOf } from '../../../session/users/cookie-user-session-check.js';
import { registeredKey } from '../../tokens/key-registration.js';

/** Users register security keys of their own. @throws NotKeyOwner for a token of somebody else, and whatever else speaks against it */
export function registeredOwnKey(
  registerKey: RegisterKey,
  serial: string,
  response: string,
  exchange: Exchange,
): Promise<LegacyReply> {
  const { user, configuration } = currentUserOf(exchange);
  const wish = { serial, owner: user, response };
  // Whose it is, is asked for anyhow.
  const terms = { realmChange: 'enable-own', demand: () => undefined } as const;
  return registeredKey(registerKey, wish, configuration, terms, exchange);
}
