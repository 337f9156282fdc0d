import type { AuditFacts } from '@app/audit';

import { uniqueTokens } from '../select-tokens.js';
import type { Token } from '../token.js';
import { tokenType } from '../types/registry.js';

/**
 * How a record names several tokens: their serials, types and realms, each joined with blanks. Without any, the realm
 * that was asked for stays. What does not fit there stands in records of their own.
 */
export function tokensInRecord(
  selected: readonly Token[],
): Pick<AuditFacts, 'serial' | 'tokenType' | 'realm' | 'each'> {
  if (selected.length === 0) return {};
  const tokens = uniqueTokens(selected);
  return {
    serial: tokens.map((token) => token.serial).join(' '),
    tokenType: [...new Set(tokens.map((token) => tokenType(token.type).label))].join(' '),
    realm: [...new Set(tokens.flatMap((token) => token.realms))].join(' '),
    ...(tokens.length > 1 && {
      each: tokens.map((token) => ({
        serial: token.serial,
        tokenType: tokenType(token.type).label,
        realm: token.realms.join(' '),
      })),
    }),
  };
}
