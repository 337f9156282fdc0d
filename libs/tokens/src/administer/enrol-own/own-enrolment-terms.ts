import type { RealmUser } from '@app/realms';

import type { Token } from '../../token.js';
import { type NamedEnrolment, EnrolmentDenied, SerialTaken } from '../../token.errors.js';
import { tokenType } from '../../types/registry.js';
import type { EnrolmentTerms } from '../enrol/enrolment-terms.js';

/**
 * A user's own new token: in their realm and no other. What is there already stays as it is, whosever it is
 * (spec/validate-api §6, 3), unless it is theirs and waits for them to go on with its enrolment.
 */
export class OwnEnrolmentTerms implements EnrolmentTerms {
  readonly ownRealms = null;
  readonly realmChange = 'enrol-own';
  readonly keepsGivenPin = true;
  readonly forwardsToOwn = true;
  readonly invitesAnew = true;

  constructor(private readonly user: RealmUser) {}

  demandForOwner(named: NamedEnrolment, { login, realm }: { login: string; realm: string }): void {
    if (login === this.user.login && realm === this.user.realm) return;
    throw new EnrolmentDenied(named, { kind: 'owner', login, realm });
  }

  demandForRealms(named: NamedEnrolment, realms: readonly string[]): void {
    const [realm] = realms;
    if (realm !== undefined) throw new EnrolmentDenied(named, { kind: 'realm', realm });
  }

  demandAnew(_named: NamedEnrolment, token: Token): void {
    if (!this.#owns(token) || !tokenType(token.type).isPending?.(token)) throw new SerialTaken(token.serial);
  }

  mayForwardTo(target: Token): boolean {
    return this.#owns(target);
  }

  #owns({ owner }: Token): boolean {
    return this.user.references.some(
      ({ resolver, userId }) => owner?.resolver === resolver && owner.userId === userId,
    );
  }
}
