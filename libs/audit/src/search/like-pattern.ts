/** What a pattern asks for: `%` stands for any run of characters, `_` for one, `\` takes away their meaning. */
export interface LikePattern {
  /** What every match begins with. */
  readonly prefix: string;
  /** There is nothing behind the prefix. */
  readonly isExact: boolean;
  /** Every text matches. */
  readonly isAnything: boolean;
}

export function likePattern(like: string): LikePattern {
  let prefix = '';
  for (let place = 0; place < like.length; place++) {
    const character = like.charAt(place);
    if (character === '%' || character === '_') {
      return { prefix, isExact: false, isAnything: /^%+$/.test(like) };
    }
    // A backslash at the end stands for itself.
    if (character === '\\' && place + 1 < like.length) place++;
    prefix += like.charAt(place);
  }
  return { prefix, isExact: true, isAnything: false };
}

/**
 * The same pattern, as a database takes it: a backslash at its end stands for itself, and a run of `%`, each of which would be
 * looked at for every record, is one.
 */
export function tidyPattern(like: string): string {
  return like.replaceAll(/\\[^]?|%+/g, (part) =>
    part === '\\' ? '\\\\' : part.startsWith('%') ? '%' : part,
  );
}

/** A pattern of `*` alone, in which nothing else is a wildcard. */
export function starPattern(pattern: string): string {
  return exactPattern(pattern).replaceAll('*', '%');
}

/** A pattern that this text alone matches. */
export function exactPattern(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
