import { RealmRights } from '@app/policies';

import type { Token } from '../token.js';
import { EnrolmentDenied, type NamedEnrolment, TokenDenied } from '../token.errors.js';
import { ImportDenied, NoTargetRealm } from './import.errors.js';

/** Where tokens may be imported, and to whom they may be given (spec/admin-api §3.24). */
export class ImportRights {
  /** For callers that policies do not apply to. */
  static readonly ALL = new ImportRights(RealmRights.ALL, RealmRights.ALL);

  constructor(
    private readonly imports: RealmRights,
    private readonly assigns: RealmRights,
  ) {}

  /** @throws ImportDenied */
  demandAnywhere(): void {
    if (this.imports.isNowhere) throw new ImportDenied(null);
  }

  /** @throws ImportDenied */
  demandFor(realm: string): void {
    if (!this.imports.has(realm)) throw new ImportDenied(realm);
  }

  /** Before anybody looks whether there is such a user. @throws ImportDenied, TokenDenied */
  demandForOwner(realm: string, serial: string): void {
    this.demandFor(realm);
    if (!this.assigns.has(realm)) throw new TokenDenied('assign', serial);
  }

  /** @throws EnrolmentDenied unless the token is one that may be overwritten */
  demandAnew(named: NamedEnrolment, { realms }: Pick<Token, 'realms'>): void {
    if (!this.imports.hasAllOf(realms)) throw new EnrolmentDenied(named, { kind: 'existing' });
  }

  /**
   * The realm of tokens for which none is named: whoever imports them must see them afterwards.
   * @returns `null`: they need none
   * @throws NoTargetRealm where none of those that are granted exists
   */
  usualRealm(existing: ReadonlyMap<string, unknown>): string | null {
    const { realms } = this.imports;
    if (realms === null) return null;
    const first = realms.find((realm) => existing.has(realm));
    if (first === undefined) throw new NoTargetRealm(realms.join(', '));
    return first;
  }
}
