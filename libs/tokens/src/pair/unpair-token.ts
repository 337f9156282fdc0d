import type { AuditContext } from '@app/audit';
import type { ConfigurationSnapshot } from '@app/realms';

import { changedInfo } from '../token.js';
import type { TokenAdministration } from '../token-administration.js';
import { UnknownToken } from '../token.errors.js';
import { tokenType } from '../types/registry.js';
import { tokensInRecord } from '../administer/record.js';
import type { TokenRights } from '../administer/token-rights.js';
import { invited } from './invitation.js';
import { PairingRefused } from './pairing.errors.js';

/** Takes the pairing from a token: its URL is good once more, for another app (spec/admin-api §3.26). */
export class UnpairToken {
  constructor(private readonly administration: TokenAdministration) {}

  /** @throws TokenDenied, PairingRefused for a type that is never unpaired, UnknownToken, Unavailable */
  async execute(
    serial: string,
    configuration: ConfigurationSnapshot,
    rights: TokenRights,
    context: AuditContext,
  ): Promise<void> {
    await this.administration.change(context, async (tokens) => {
      const [token] = await tokens.find({ serials: [serial] });
      if (!token) throw new UnknownToken(serial);
      rights.demand(token);
      const { pairing, label } = tokenType(token.type);
      if (!pairing?.isUnpaired) throw new PairingRefused(`token type ${label} doesn't support unpairing `);
      const info = changedInfo(token.info, invited(pairing, configuration, tokens.now));
      await tokens.update(token.id, { info, active: false });
      return { result: undefined, facts: { succeeded: true, ...tokensInRecord([token]) } };
    });
  }
}
