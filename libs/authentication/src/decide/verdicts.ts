import type { Token } from '@app/tokens';

import type { LoginDecision, LoginEffect, RejectReason } from '../login.js';
import { labelOf } from './forwarded-token.js';

export function withoutToken(
  detail: string,
  { login, realm }: { readonly login: string; readonly realm: string },
): LoginDecision {
  return {
    verdict: { kind: 'accepted', token: null },
    effects: [],
    facts: { succeeded: true, detail, user: login, realm },
  };
}

export function rejected(
  reason: RejectReason,
  detail: string,
  effects: readonly LoginEffect[] = [],
  tokens: readonly Token[] = [],
  info = '',
): LoginDecision {
  return {
    verdict: { kind: 'rejected', reason },
    effects,
    facts: {
      succeeded: false,
      detail,
      info,
      ...named(tokens),
    },
  };
}

/** No token could be enrolled for the user (spec/validate-api §2.3, row 4g). @param error for the client, too */
export function notEnrolled(error: string, info = ''): LoginDecision {
  const decision = rejected('no-token', error, [], [], info);
  return { ...decision, verdict: { kind: 'rejected', reason: 'no-token', error } };
}

/** Tokens as records name them. */
export function named(tokens: readonly Token[]): { readonly serial: string; readonly tokenType: string } {
  return {
    serial: tokens.map((token) => token.serial).join(' '),
    tokenType: [...new Set(tokens.map(labelOf))].join(' '),
  };
}
