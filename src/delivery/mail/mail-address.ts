import { domainToASCII } from 'node:url';

/** One mailbox and nothing else: no list, no comment, no route, no quoted part. */
const ADDRESS = /^([^\s<>()[\]\\,;:@"\p{Cc}]{1,64})@([^\s<>()[\]\\,;:@"\p{Cc}]{1,253})$/u;
const NAMED = /^([^<>]*)<([^<>]+)>$/;

export interface MailAddress {
  readonly name: string;
  /** Its domain in ASCII. */
  readonly address: string;
}

/** @returns `null` for anything that mail could not be sent to */
export function mailbox(text: string): string | null {
  const [, local = '', domain = ''] = ADDRESS.exec(text.trim()) ?? [];
  const ascii = domain === '' ? '' : domainToASCII(domain);
  return ascii === '' ? null : `${local}@${ascii}`;
}

/** `anna@example.com`, or `Anna <anna@example.com>`. */
export function mailAddress(text: string): MailAddress | null {
  const [, name = '', inner = text] = NAMED.exec(text.trim()) ?? [];
  const address = mailbox(inner);
  return address === null ? null : { name: oneLine(name).replaceAll('"', '').trim(), address };
}

/** Text for a header: what would end the line is a blank. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
