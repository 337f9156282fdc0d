import { Ber, type BerWriter, Filter as LdaptsFilter, SearchFilter } from 'ldapts';

import type { Comparison, FilledFilter } from './filter.js';

const COMPARISONS = {
  '=': SearchFilter.equalityMatch,
  '>=': SearchFilter.greaterOrEqual,
  '<=': SearchFilter.lessOrEqual,
  '~=': SearchFilter.approxMatch,
} as const satisfies Record<Comparison, number>;

/**
 * A filter as ldapts sends it. Its own classes hold values as text, which spoils bytes that are no UTF-8 (an objectGUID,
 * an escaped umlaut).
 */
export class EncodedFilter extends LdaptsFilter {
  override readonly type: LdaptsFilter['type'];

  constructor(private readonly filter: FilledFilter) {
    super();
    this.type = tagOf(filter);
  }

  override write(writer: BerWriter): void {
    writeFilter(writer, this.filter);
  }

  /** For ldapts's debug log; values may be names of persons. */
  override toString(): string {
    return `(${this.filter.kind})`;
  }

  toJSON(): string {
    return this.toString();
  }
}

function tagOf(filter: FilledFilter): LdaptsFilter['type'] {
  switch (filter.kind) {
    case 'compare':
      return COMPARISONS[filter.operator];
    case 'extensible':
      return SearchFilter.extensibleMatch;
    default:
      return SearchFilter[filter.kind];
  }
}

/** RFC 4511 §4.5.1: the CHOICE `Filter`. */
function writeFilter(writer: BerWriter, filter: FilledFilter): void {
  const tag = tagOf(filter);
  if (filter.kind === 'present') {
    writer.writeString(filter.attribute, tag);
    return;
  }
  writer.startSequence(tag);
  switch (filter.kind) {
    case 'and':
    case 'or':
      for (const member of filter.filters) writeFilter(writer, member);
      break;
    case 'not':
      writeFilter(writer, filter.filter);
      break;
    case 'compare':
      writer.writeString(filter.attribute);
      writer.writeBuffer(filter.value, Ber.OctetString);
      break;
    case 'substrings':
      writer.writeString(filter.attribute);
      writeSubstrings(writer, filter.parts);
      break;
    case 'extensible':
      if (filter.rule !== '') writer.writeString(filter.rule, 0x81);
      if (filter.attribute !== '') writer.writeString(filter.attribute, 0x82);
      writer.writeBuffer(filter.value, 0x83);
      if (filter.withDn) writer.writeBoolean(true, 0x84);
      break;
  }
  writer.endSequence();
}

function writeSubstrings(writer: BerWriter, parts: readonly Buffer[]): void {
  writer.startSequence();
  parts.forEach((part, place) => {
    if (part.length === 0) return;
    const isLast = place === parts.length - 1;
    writer.writeBuffer(part, place === 0 ? 0x80 : isLast ? 0x82 : 0x81);
  });
  writer.endSequence();
}
