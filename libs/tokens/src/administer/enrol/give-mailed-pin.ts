import type { AuditContext, AuditFacts } from '@app/audit';
import type { RandomSource } from '@app/kernel';
import type { ConfigurationSnapshot, RealmUser } from '@app/realms';

import { pinVerifier } from '../../pin.js';
import type { Token } from '../../token.js';
import type { TokenAdministration } from '../../token-administration.js';
import { tokenType } from '../../types/registry.js';
import { EnrolmentPolicies } from './enrolment-policies.js';
import { ENROLMENT_AT_LOGIN } from './enrol-at-login.js';

/** What became of the mail; the texts are for the record. */
export type MailedPin =
  { readonly pin: string; readonly status: string } | { readonly pin: null; readonly reason: string };

/**
 * Gives a token that was enrolled at a login the PIN that was mailed to its owner (spec/policies §8.8). Where none was, it keeps
 * the password of the directory, and the record says why.
 */
export class GiveMailedPin {
  constructor(
    private readonly administration: TokenAdministration,
    private readonly random: RandomSource,
  ) {}

  /** @param enrolled as it was made: one that an administrator changed since keeps the PIN that it has @throws Unavailable */
  async execute(
    enrolled: Token,
    mailed: MailedPin,
    user: RealmUser,
    configuration: ConfigurationSnapshot,
    context: AuditContext,
  ): Promise<void> {
    const { login, realm } = user;
    await this.administration.change({ ...context, action: ENROLMENT_AT_LOGIN }, async (tokens) => {
      const [token] = await tokens.lock([enrolled.id]);
      const isUnchanged = token?.revision === enrolled.revision;
      if (token && isUnchanged && mailed.pin !== null) {
        const policies = new EnrolmentPolicies(configuration, user, context.client, tokens.now);
        const isReadable = policies.keepsPinReadable([realm]);
        await tokens.update(token.id, { pin: pinVerifier(mailed.pin, this.random, isReadable) });
      }
      const { serial, type } = enrolled;
      const facts: AuditFacts = {
        succeeded: mailed.pin !== null && isUnchanged,
        serial,
        tokenType: tokenType(type).label,
        user: login,
        realm,
        detail: mailed.pin === null ? mailed.reason : isUnchanged ? mailed.status : CHANGED,
      };
      return { result: undefined, facts };
    });
  }
}

const CHANGED = 'the token was changed meanwhile: it keeps its PIN';
