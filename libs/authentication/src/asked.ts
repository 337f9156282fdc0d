import type { RealmUser } from '@app/realms';

import type { LoginRequest } from './login-request.js';
import { type Concerned, concernedNobody } from './login-scene.js';
import type { LoginSubject } from './login.js';
import type { LoginSelection } from './ports.js';

/** A login as it is asked about: by whom, and whom it concerns. */
export interface Asked {
  readonly subject: LoginSubject;
  /** Where the user's tokens are looked for. */
  readonly selection: LoginSelection;
  /** `null`: a token's owner, who is looked for once the token is known. */
  readonly concerned: Concerned | null;
  /** Absent: no user was named. */
  readonly user?: RealmUser;
  /** Names of the policies that led here. */
  readonly ledBy: readonly string[];
  /** Resolvers of the realm that did not answer: the user may have tokens there. */
  readonly unanswered: readonly string[];
}

export const NO_TOKENS: LoginSelection = { owner: { references: [], realm: '' } };

/** Whom it concerns is known once the challenges are. */
export function askedByChallenges(transaction: LoginRequest['transaction']): Asked {
  const serial = transaction === null || transaction === 'unknown' ? '' : transaction.root;
  return {
    subject: { kind: 'token', serial },
    selection: { challenged: true },
    concerned: null,
    ledBy: [],
    unanswered: [],
  };
}

export function askedByNobody(
  login: string,
  realm: string,
  isUnknown: boolean,
  ledBy: readonly string[],
): Asked {
  const subject = { kind: 'nobody', login, realm, isUnknown } as const;
  return { subject, selection: NO_TOKENS, concerned: concernedNobody(login, realm), ledBy, unanswered: [] };
}
