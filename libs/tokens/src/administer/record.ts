import type { AuditFacts } from '@app/audit';

import { uniqueTokens } from '../select-tokens.js';
import type { Token } from '../token.js';
import { tokenType } from '../types/registry.js';

/** How a record names several tokens: their serials, types and realms, each joined with blanks. */
export function tokensInRecord(
  selected: readonly Token[],
): Pick<Required<AuditFacts>, 'serial' | 'tokenType' | 'realm'> {
  const tokens = uniqueTokens(selected);
  return {
    serial: tokens.map((token) => token.serial).join(' '),
    tokenType: [...new Set(tokens.map((token) => tokenType(token.type).label))].join(' '),
    realm: [...new Set(tokens.flatMap((token) => token.realms))].join(' '),
  };
}
