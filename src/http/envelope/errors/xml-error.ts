import { RawReply } from '../../server/raw-reply.js';
import { escapeHtml } from '../parameters/page.js';
import type { WireError } from './wire-error.js';

const XML = 'text/xml; charset=utf-8';
// XML 1.0 has no form for these, not even an escaped one.
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/** A value as the few functions answer it that speak XML (recording 255). */
export function xmlValue(value: number, version: string): RawReply {
  return new RawReply(valueDocument(String(value), version, ''), XML);
}

/** @param options elements behind the result, as the caller has escaped them (recording 215) */
export function xmlSuccess(value: string, version: string, options: string): RawReply {
  return new RawReply(valueDocument(value, version, `${options}\n`), XML);
}

function valueDocument(value: string, version: string, options: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<jsonrpc version="2.0">
    <result>
        <status>True</status>
        <value>${xmlText(value)}</value>
    </result>
    <version>${xmlText(version)}</version>
    <id>1</id>
${options}</jsonrpc>`;
}

/** An error as the few functions answer it that speak XML, escaped (spec/admin-api §1.6). */
export function xmlError(error: WireError, version: string): RawReply {
  const body = `<?xml version="1.0" encoding="UTF-8"?>
<jsonrpc version="2.0802">
    <result>
        <status>False</status>
        <error>
            <code>${error.code}</code>
            <message>${xmlText(error.message)}</message>
        </error>
    </result>
    <version>${xmlText(version)}</version>
    <id>1</id>
</jsonrpc>
`;
  return new RawReply(body, XML);
}

export function xmlText(text: string): string {
  return escapeHtml(text.replace(NOT_XML, '\u{FFFD}'));
}
