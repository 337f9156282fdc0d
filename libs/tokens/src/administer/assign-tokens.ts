import type { AuditContext } from '@app/audit';
import type { RandomSource } from '@app/kernel';
import type { ConfigurationSnapshot, RealmUser } from '@app/realms';

import { pinVerifier } from '../pin.js';
import type { Token } from '../token.js';
import type { TokenAdministration } from '../token-administration.js';
import { ownerOf } from './owner.js';
import { activeTokensNote, tokensInRecord } from './record.js';
import type { TokenRights } from './token-rights.js';

/** Gives tokens to a user, all or none (spec/admin-api §3.4). */
export class AssignTokens {
  constructor(
    private readonly administration: TokenAdministration,
    private readonly random: RandomSource,
  ) {}

  /**
   * @param user `null` takes the tokens away from whoever has them, their realms too
   * @param pin  `null` leaves each token's PIN
   * @throws TokenDenied, UnknownToken, Unavailable
   */
  async execute(
    serials: readonly string[],
    user: RealmUser | null,
    pin: string | null,
    configuration: ConfigurationSnapshot,
    rights: TokenRights,
    context: AuditContext,
  ): Promise<void> {
    rights.demandAnywhere(serials[0] ?? null);
    const owner = user ? ownerOf(user, configuration) : null;
    await this.administration.change(context, async (tokens) => {
      const assigned: Token[] = [];
      for (const serial of serials) {
        const token = await tokens.get(serial);
        rights.demand(token);
        rights.demandForUser(user?.realm ?? configuration.settings.defaultRealm ?? '', serial);
        await tokens.update(token.id, {
          owner,
          realms: user ? [user.realm] : [],
          failures: 0,
          ...(pin !== null && { pin: pinVerifier(pin, this.random) }),
        });
        assigned.push(token);
      }
      const facts = {
        succeeded: true,
        ...tokensInRecord(assigned),
        user: user?.login ?? '',
        realm: user?.realm ?? '',
        detail: await activeTokensNote(tokens),
      };
      return { result: undefined, facts };
    });
  }
}
