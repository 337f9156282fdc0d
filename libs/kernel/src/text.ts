const REPLACEMENT = '\uFFFD';
// A surrogate without its other half: PostgreSQL stores UTF-8, which has no form for it.
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** Text that any UTF-8 column takes: NUL and lone surrogates become U+FFFD. */
export function cleanText(text: string): string {
  // Looked at before anything is replaced: nearly every text is clean already.
  if (text.includes('\0')) text = text.replaceAll('\0', REPLACEMENT);
  return text.isWellFormed() ? text : text.replace(LONE_SURROGATE, REPLACEMENT);
}

/** At most `limit` UTF-16 units, the last of them `…` where something was cut; never half a character. */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = text.slice(0, limit - 1);
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}…`;
}

/** Cleaned and cut: the form in which text from outside may be stored. */
export function storableText(text: string, limit: number): string {
  return cutText(cleanText(text), limit);
}
