/** What a search may ask of numeric user ids, beside being like a pattern (spec/system-api §4.2). */
export type UserIdCondition =
  | { readonly kind: 'compare'; readonly operator: '=' | '<' | '<=' | '>' | '>='; readonly value: number }
  | { readonly kind: 'between'; readonly from: number; readonly to: number }
  /** It has an operator, and what follows is no number: no user id fulfils it. */
  | { readonly kind: 'never' };

const OPERATORS = ['<=', '>=', '<', '>', '='] as const;
const BETWEEN = /^between\s+(.*)$/i;
const NUMBER = /^[+-]?\d{1,15}$/;

/** `< 2000`, `>=2000`, `=2000`, `between 2000, 2999`. @returns `null` for text without an operator, which is a pattern */
export function parseUserIdCondition(text: string): UserIdCondition | null {
  const trimmed = text.trim();
  const range = BETWEEN.exec(trimmed)?.[1];
  if (range !== undefined) {
    const [from = '', to = '', ...more] = range.split(',').map((part) => part.trim());
    if (more.length > 0 || !NUMBER.test(from) || !NUMBER.test(to)) return { kind: 'never' };
    return { kind: 'between', from: Number(from), to: Number(to) };
  }
  const operator = OPERATORS.find((candidate) => trimmed.startsWith(candidate));
  if (operator === undefined) return null;
  const value = trimmed.slice(operator.length).trim();
  return NUMBER.test(value) ? { kind: 'compare', operator, value: Number(value) } : { kind: 'never' };
}

/** Whether a user id is a number that fulfils the condition. */
export function fulfils(condition: UserIdCondition, userId: string): boolean {
  if (condition.kind === 'never' || !NUMBER.test(userId)) return false;
  const number = Number(userId);
  if (condition.kind === 'between') return number >= condition.from && number <= condition.to;
  const { operator, value } = condition;
  switch (operator) {
    case '=':
      return number === value;
    case '<':
      return number < value;
    case '<=':
      return number <= value;
    case '>':
      return number > value;
    case '>=':
      return number >= value;
  }
}
