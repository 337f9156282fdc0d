import type { RealmUser } from '@app/realms';

import type { ChangedToken, ChangeTerms } from '../administer/change-terms.js';
import { UnknownToken } from '../token.errors.js';
import { ForeignToken, TokenAssigned, TokenOfOtherRealm } from './self-service.errors.js';

/** A user means one token by its whole serial: by patterns, serials of others could be found letter by letter. */
function demandExact(serial: string | null): void {
  if (serial?.includes('*')) throw new UnknownToken(serial);
}

/** A user changes the tokens that they have, whatever realms these are in, and no others. */
export class OwnTokenTerms implements ChangeTerms {
  readonly areRestricted = true;
  readonly byOwner = true;

  constructor(private readonly user: Pick<RealmUser, 'references'>) {}

  demandAnywhere(serial: string | null): void {
    demandExact(serial);
  }

  /** @throws ForeignToken */
  demand({ serial, owner }: ChangedToken): void {
    const isTheirs = this.user.references.some(
      ({ resolver, userId }) => owner?.resolver === resolver && owner.userId === userId,
    );
    if (!isTheirs) throw new ForeignToken(serial);
  }

  demandInEach(token: ChangedToken): void {
    this.demand(token);
  }

  demandForUser(): void {
    // It is always their own.
  }
}

/** A user takes a token that nobody has, of their own realm or of none. */
export class FreeTokenTerms implements ChangeTerms {
  readonly areRestricted = true;
  readonly byOwner = true;

  constructor(private readonly user: Pick<RealmUser, 'realm'>) {}

  demandAnywhere(serial: string | null): void {
    demandExact(serial);
  }

  /** @throws TokenOfOtherRealm, TokenAssigned */
  demand({ serial, realms, owner }: ChangedToken): void {
    if (realms.length > 0 && !realms.includes(this.user.realm)) throw new TokenOfOtherRealm(serial);
    if (owner) throw new TokenAssigned(serial);
  }

  demandInEach(): void {
    // What it leaves, it leaves for its user.
  }

  demandForUser(): void {
    // It is always for themselves.
  }
}
