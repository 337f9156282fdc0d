/** How precisely a condition names what it matches: the more precise policy is taken (spec/policies §4.1). */
export type Precision = 'exact' | 'regex' | 'wildcard';

/** What a condition says about one thing it was asked about. */
export interface ConditionMatch {
  /** `null`: it does not match. */
  readonly precision: Precision | null;
  /** The entry of the condition that decided; `null`: none of them matches. */
  readonly entry: string | null;
}

export interface Condition<Asked> {
  /** Answers with one of few objects made beforehand: nothing is allocated when it is asked. */
  match(asked: Asked): ConditionMatch;
}

export const NO_MATCH: ConditionMatch = { precision: null, entry: null };

/** One entry of a comma or semicolon list, with its negation cut off. */
export interface ListEntry {
  /** As it was written, for display. */
  readonly written: string;
  readonly text: string;
  readonly isNegated: boolean;
}

/** The entries of a list, stripped, without empty ones. `-x` and `!x` are negated. */
export function listEntries(list: string, separator: string): ListEntry[] {
  const entries: ListEntry[] = [];
  for (const part of list.split(separator)) {
    const written = part.trim();
    if (written === '') continue;
    const isNegated = written.startsWith('-') || written.startsWith('!');
    entries.push({ written, text: isNegated ? written.slice(1).trim() : written, isNegated });
  }
  return entries;
}
