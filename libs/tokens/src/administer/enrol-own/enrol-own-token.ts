import type { AuditContext } from '@app/audit';
import type { ConfigurationSnapshot, RealmUser } from '@app/realms';

import { EnrolToken, type EnrolledToken } from '../enrol/enrol-token.js';
import { type OwnRules, type OwnWish, decideOwnEnrolment } from './decide-own-enrolment.js';
import { OwnEnrolmentTerms } from './own-enrolment-terms.js';

/** Users enrol tokens of their own (spec/validate-api §4.10). */
export class EnrolOwnToken {
  constructor(private readonly enrolToken: EnrolToken) {}

  /**
   * The right to enrol the type is the caller's to ask for.
   * @throws OwnSerialIsPattern, OwnPinCoupling, OwnRecipientFixed, SerialTaken, and whatever else enrolling does
   */
  execute(
    wish: OwnWish,
    user: RealmUser,
    rules: OwnRules,
    configuration: ConfigurationSnapshot,
    context: AuditContext,
  ): Promise<EnrolledToken> {
    const enrolment = decideOwnEnrolment(wish, user, rules);
    return this.enrolToken.execute(enrolment, configuration, new OwnEnrolmentTerms(user), context);
  }
}
