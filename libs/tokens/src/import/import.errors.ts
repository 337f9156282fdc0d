import { Conflict, Denied, Invalid } from '@app/kernel';

import type { LineNote } from './token-file.js';

const MOST_SHOWN = 20;

/** A file cannot be imported; nothing of it was. */
export class TokenFileRefused extends Invalid {
  override readonly code = 'token-import.file';
  /**
   * @param problems the first ones
   * @param count    of all that were found
   */
  constructor(
    readonly problems: readonly LineNote[],
    readonly count: number = problems.length,
  ) {
    super('file', problemText(problems, count));
  }
}

function problemText(problems: readonly LineNote[], count: number): string {
  const shown = problems.slice(0, MOST_SHOWN).map(noteText);
  const rest = count > shown.length ? `; and ${count - shown.length} more` : '';
  return `${shown.join('; ')}${rest}`;
}

export function noteText({ line, reason }: LineNote): string {
  return line === null ? reason : `line ${line}: ${reason}`;
}

/** Where tokens were to be put does not exist, or nothing grants it. */
export class NoTargetRealm extends Conflict {
  override readonly code = 'token-import.realm';
  constructor(readonly realm: string) {
    super(`tokens cannot be imported into realm ${realm}`);
  }
}

/** No policy lets the administrator import tokens: anywhere (`null`), or into this realm. */
export class ImportDenied extends Denied {
  override readonly code = 'token-import.denied';
  constructor(readonly realm: string | null) {
    super(`no right to import tokens${realm === null ? '' : ` into realm ${realm}`}`);
  }
}
