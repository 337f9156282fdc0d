/** What may stand in a filter for what is known at the time of asking only. */
export type Placeholder = 'login' | 'now';

/** A value as it was written: fixed bytes, and places to be filled. */
export type ValueTemplate = readonly (Buffer | Placeholder)[];

/** A search filter (RFC 4511 §4.5.1.7) whose values are of type `V`. */
export type Filter<V> =
  | { readonly kind: 'and' | 'or'; readonly filters: readonly Filter<V>[] }
  | { readonly kind: 'not'; readonly filter: Filter<V> }
  | { readonly kind: 'present'; readonly attribute: string }
  | {
      readonly kind: 'compare';
      readonly operator: Comparison;
      readonly attribute: string;
      readonly value: V;
    }
  | {
      readonly kind: 'substrings';
      readonly attribute: string;
      /** What the value starts with, contains in this order, and ends with; never all of them empty. */
      readonly parts: readonly V[];
    }
  | {
      readonly kind: 'extensible';
      readonly attribute: string;
      readonly rule: string;
      readonly withDn: boolean;
      readonly value: V;
    };

export type Comparison = '=' | '>=' | '<=' | '~=';
export type FilterTemplate = Filter<ValueTemplate>;
/** Values as they go to the server: bytes, in which nothing can be syntax any more. */
export type FilledFilter = Filter<Buffer>;

/** Whether the places of a template include this one. */
export function asksFor(template: FilterTemplate, placeholder: Placeholder): boolean {
  switch (template.kind) {
    case 'and':
    case 'or':
      return template.filters.some((filter) => asksFor(filter, placeholder));
    case 'not':
      return asksFor(template.filter, placeholder);
    case 'present':
      return false;
    case 'substrings':
      return template.parts.some((part) => part.includes(placeholder));
    default:
      return template.value.includes(placeholder);
  }
}

/** The template with its places filled. Whatever the values are, they stay values. */
export function filled(
  template: FilterTemplate,
  values: Readonly<Partial<Record<Placeholder, string>>>,
): FilledFilter {
  const bytes = (value: ValueTemplate) =>
    Buffer.concat(value.map((part) => (typeof part === 'string' ? Buffer.from(values[part] ?? '') : part)));
  switch (template.kind) {
    case 'and':
    case 'or':
      return { ...template, filters: template.filters.map((filter) => filled(filter, values)) };
    case 'not':
      return { ...template, filter: filled(template.filter, values) };
    case 'present':
      return template;
    case 'substrings':
      return substrings(template.attribute, template.parts.map(bytes));
    default:
      return { ...template, value: bytes(template.value) };
  }
}

/** The first part is what a value starts with, the last what it ends with; either may be empty. */
export function substrings(attribute: string, parts: readonly Buffer[]): FilledFilter {
  const last = parts.length - 1;
  // An empty part in between says nothing, and RFC 4511 knows none.
  const kept = parts.filter((part, place) => place === 0 || place === last || part.length > 0);
  if (kept.every((part) => part.length === 0)) return { kind: 'present', attribute };
  return { kind: 'substrings', attribute, parts: kept };
}

export function equals(attribute: string, value: Buffer): FilledFilter {
  return { kind: 'compare', operator: '=', attribute, value };
}

/** A value with `*` for any characters; an empty one: the attribute is missing. */
export function matches(attribute: string, pattern: string): FilledFilter {
  if (pattern === '') return { kind: 'not', filter: { kind: 'present', attribute } };
  const parts = pattern.split('*').map((part) => Buffer.from(part));
  const [only] = parts;
  return parts.length === 1 && only ? equals(attribute, only) : substrings(attribute, parts);
}
