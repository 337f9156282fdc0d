import { parseUserIdCondition, type UserIdCondition, type UserSearch } from '@app/realms';

/** User fields by the names that searches use (spec/system-api §4.1); managed users have no description. */
const COLUMNS: ReadonlyMap<string, string> = new Map([
  ['username', 'username'],
  ['userid', 'user_id'],
  ['description', `''`],
  ['email', 'email'],
  ['givenname', 'given_name'],
  ['surname', 'surname'],
  ['phone', 'phone'],
  ['mobile', 'mobile'],
]);

// CASE is evaluated in order: what is no number is not made one.
const NUMBER = `CASE WHEN user_id ~ '^[+-]?[0-9]{1,15}$' THEN user_id::bigint END`;

/** A search as conditions of a WHERE clause, which begin with ` AND`. Everything given is a parameter, none is SQL. */
export class ManagedUserConditions {
  #text = '';

  /** @param values the statement's parameters so far; grows */
  constructor(readonly values: unknown[]) {}

  get text(): string {
    return this.#text;
  }

  add({ fields, anyField }: UserSearch): this {
    for (const [name, pattern] of Object.entries(fields)) {
      const column = COLUMNS.get(name);
      if (column === undefined) continue;
      const condition = name === 'userid' ? parseUserIdCondition(pattern) : null;
      this.#and(condition ? this.#compared(condition) : this.#like(column, this.#pattern(pattern)));
    }
    if (anyField !== null) {
      const pattern = this.#pattern(anyField);
      const any = [...COLUMNS.values()].map((column) => this.#like(column, pattern));
      this.#and(`(${any.join(' OR ')})`);
    }
    return this;
  }

  #and(condition: string): void {
    this.#text += ` AND ${condition}`;
  }

  #compared(condition: UserIdCondition): string {
    switch (condition.kind) {
      case 'never':
        return 'false';
      case 'between':
        return `${NUMBER} BETWEEN ${this.#value(condition.from)} AND ${this.#value(condition.to)}`;
      case 'compare':
        return `${NUMBER} ${condition.operator} ${this.#value(condition.value)}`;
    }
  }

  #like(column: string, pattern: string): string {
    return `lower(${column}) LIKE lower(${pattern})`;
  }

  #pattern(pattern: string): string {
    // LIKE's own wildcards are themselves; runs of `*` say no more than one, and cost more.
    const escaped = pattern.replace(/[\\%_]/g, '\\$&').replace(/\*+/g, '%');
    return `${this.#value(escaped)}::text`;
  }

  #value(value: string | number): string {
    return `$${this.values.push(value)}`;
  }
}
