import type { AuditContext } from '@app/audit';
import type { RandomSource } from '@app/kernel';
import type { ConfigurationSnapshot, RealmUser } from '@app/realms';

import { EnrolmentPolicies } from '../administer/enrol/enrolment-policies.js';
import { changedInfo } from '../token.js';
import type { TokenAdministration } from '../token-administration.js';
import { UnknownToken } from '../token.errors.js';
import { tokenType } from '../types/registry.js';
import { askForKey, demandUnregistered, otherKeys } from './ask-for-key.js';
import { demandKeyOwner, keyUser } from './key-owner.js';
import { RegistrationPolicies } from './registration-policies.js';
import { NoKeyToken } from './registration.errors.js';

/** Asks once more for the key of a token that waits for it: what was asked before counts no more (spec/validate-api §4.11). */
export class RenewKeyRequest {
  constructor(
    private readonly administration: TokenAdministration,
    private readonly random: RandomSource,
  ) {}

  /**
   * @returns what the browser is to be told
   * @throws UnknownToken, NoKeyToken, NotKeyOwner, WrongKeyPhase, RelyingPartyUnset, RegistrationUnset, Unavailable
   */
  async execute(
    serial: string,
    owner: RealmUser,
    configuration: ConfigurationSnapshot,
    context: AuditContext,
  ): Promise<object> {
    return this.administration.change(context, async (tokens) => {
      const [token] = await tokens.find({ serials: [serial] });
      if (!token) throw new UnknownToken(serial);
      const type = tokenType(token.type);
      if (!type.registersKey) throw new NoKeyToken(serial, type.label);
      demandKeyOwner(token, owner);
      demandUnregistered(token);
      const terms = new RegistrationPolicies(configuration, owner, context.client, tokens.now).terms();
      const others = await otherKeys(tokens, owner, terms.rpId, serial);
      const label = new EnrolmentPolicies(configuration, owner, context.client, tokens.now).label(token);
      const asked = askForKey(terms, keyUser(owner, label), others, {
        random: this.random,
        now: tokens.now,
        settings: configuration.settings,
      });
      await tokens.update(token.id, { info: changedInfo(token.info, asked.info) });
      const facts = {
        succeeded: true,
        serial,
        tokenType: type.label,
        user: owner.login,
        realm: owner.realm,
        info: 'fido2 activation challenge regenerated',
      };
      return { result: asked.request, facts };
    });
  }
}
