import { Invalid } from '@app/kernel';

import type { SqlDriver } from './connection-settings.js';

/**
 * One quoted text, one sign that could change what stands around the condition, or anything else.
 * MySQL's backslash hides the quote behind it, PostgreSQL's does not: one before a quote is refused.
 */
const PIECE =
  /'(?:[^'\\]|''|\\[^'"`])*'|"(?:[^"\\]|""|\\[^'"`])*"|`[^`\\]*`|--|\/\*|\*\/|[\\'"`;#$?()\0]|[^'"`;#$?()\\\0/*-]+|[/*-]/gs;

const REFUSED: Readonly<Record<SqlDriver, ReadonlySet<string>>> = {
  // `$` begins a quoted text or names a bound value.
  postgresql: new Set(['--', '/*', '*/', ';', '$', '`', "'", '"', '\0']),
  mysql: new Set(['--', '/*', '*/', ';', '#', '?', '`', "'", '"', '\\', '\0']),
};

/**
 * A condition that administrators wrote, which is put into every statement: trusted, but it must not be able to reach
 * around the parentheses it is put into unnoticed, be it by mistake.
 *
 * @returns it in parentheses; `''` for an empty one
 * @throws Invalid for comments, `;`, unbalanced parentheses or quotes, and what would be taken for a bound value
 */
export function parseWhere(text: string, driver: SqlDriver): string {
  if (text.trim() === '') return '';
  let depth = 0;
  for (const [piece] of text.matchAll(PIECE)) {
    if (piece === '(') depth++;
    if (piece === ')') depth--;
    const isMySqlQuoted = piece.length > 1 && piece.startsWith('`');
    if (depth < 0 || REFUSED[driver].has(piece) || (isMySqlQuoted && driver !== 'mysql')) throw refusal();
  }
  if (depth !== 0) throw refusal();
  return `(${text.trim()})`;
}

function refusal(): Invalid {
  return new Invalid(
    'Where',
    'Where must be one condition, with balanced quotes and parentheses, without ; and comments',
  );
}
