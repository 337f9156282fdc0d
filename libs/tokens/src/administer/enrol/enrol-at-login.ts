import type { AuditContext } from '@app/audit';
import { DomainError, type RandomSource, Unavailable } from '@app/kernel';
import type { ConfigurationSnapshot, RealmUser } from '@app/realms';

import { pinVerifier } from '../../pin.js';
import { countedChange } from '../../report/report-change.js';
import type { Token } from '../../token.js';
import type { TokenAdministration } from '../../token-administration.js';
import { tokenType } from '../../types/registry.js';
import { demandWithinRealmLimits, demandWithinUserLimits, nameOfOwner } from '../limits/token-limits.js';
import { ownerOf } from '../owners/owner.js';
import { drawSerial } from './draw-serial.js';
import { EnrolmentPolicies } from './enrolment-policies.js';
import { defaultLimits } from './new-token-defaults.js';
import { type SentTokenType, newSentToken } from './sent-token.js';

/** A token for a user who has none, by what the user store knows of them. */
export interface LoginEnrolment {
  readonly type: SentTokenType;
  /** Where its OTPs go. */
  readonly recipient: string;
  /** The user's password of the directory. */
  readonly pin: string;
}

export type EnrolmentOutcome =
  | { readonly kind: 'enrolled'; readonly token: Token }
  /** The user has a token by now, or is none of theirs any more. */
  | { readonly kind: 'overtaken' }
  /** A limit of tokens is reached, or cannot be read. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Of the records of such enrolments. */
export const ENROLMENT_AT_LOGIN = 'validate/autoenrollment';
const LONGEST_DESCRIPTION = 80;

/** Ends the transaction without a trace. */
class Overtaken extends Error {}

/** Enrols a token whose OTPs are sent for a user who logs in and has none (spec/validate-api §2.8), with a record of its own. */
export class EnrolAtLogin {
  constructor(
    private readonly administration: TokenAdministration,
    private readonly random: RandomSource,
  ) {}

  /** Of any number of logins of the user, on any number of nodes, one gets a token. @throws Unavailable */
  async execute(
    { type, recipient, pin }: LoginEnrolment,
    user: RealmUser,
    configuration: ConfigurationSnapshot,
    context: AuditContext,
  ): Promise<EnrolmentOutcome> {
    const { random } = this;
    const owner = ownerOf(user, configuration);
    if (!owner) return { kind: 'overtaken' };
    const { label, serialPrefix } = tokenType(type);
    const { login, realm } = user;
    try {
      const token = await this.administration.change(
        { ...context, action: ENROLMENT_AT_LOGIN },
        async (tokens) => {
          // Two tokens at the same moment would be two for a user who may have none.
          await tokens.alone(user.references.map(nameOfOwner));
          if ((await tokens.countOwned(user.references)) > 0) throw new Overtaken();
          const policies = new EnrolmentPolicies(configuration, user, context.client, tokens.now);
          const enrolled = await tokens.insert({
            ...newSentToken(type, recipient, configuration, random),
            serial: await drawSerial(tokens, serialPrefix, random),
            description: [...`auto enrolled for ${login}@${realm}`].slice(0, LONGEST_DESCRIPTION).join(''),
            active: true,
            owner,
            realms: [realm],
            // Never readable, whatever `otp_pin_encrypt` says.
            pin: pinVerifier(pin, random),
            counter: 0,
            ...defaultLimits(configuration.settings),
            time: null,
          });
          await demandWithinUserLimits(tokens, [enrolled], user, policies);
          await demandWithinRealmLimits(tokens, [enrolled], policies, 'enrol');
          const { serial, description } = enrolled;
          const counted = await countedChange(tokens, {
            touched: [enrolled],
            configuration,
            context,
            event: 'init',
          });
          const facts = {
            succeeded: true,
            serial,
            tokenType: label,
            user: login,
            realm,
            detail: counted,
            info: description,
          };
          return { result: enrolled, facts };
        },
      );
      return { kind: 'enrolled', token };
    } catch (error) {
      if (error instanceof Overtaken) return { kind: 'overtaken' };
      if (!(error instanceof DomainError) || error instanceof Unavailable) throw error;
      return { kind: 'refused', reason: error.message };
    }
  }
}
