import type { Token, TokenTypeId } from '@app/tokens';

import type { LegacyReply } from '../../../envelope/envelope.js';
import type { Exchange } from '../../../exchange.js';

/** What goes on between a user's key and a new token of theirs behind its enrolment (spec/validate-api §4.11). */
export interface KeyRegistration {
  /** Asks the key anew. */
  begin(token: Token, exchange: Exchange): Promise<LegacyReply>;
  /** Takes what the key answered. */
  finish(token: Token, exchange: Exchange): Promise<LegacyReply>;
}

/** By type; types that are not among them are registered by their enrolment alone. */
export class KeyRegistrations {
  constructor(private readonly byType: ReadonlyMap<TokenTypeId, KeyRegistration>) {}

  of(type: TokenTypeId): KeyRegistration | null {
    return this.byType.get(type) ?? null;
  }
}
