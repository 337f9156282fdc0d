import { RawReply } from '../server/raw-reply.js';
import { escapeHtml } from './page.js';
import type { WireError } from './wire-error.js';

/** A value as the few functions answer it that speak XML (recording 255). */
export function xmlValue(value: number, version: string): RawReply {
  const body = `<?xml version="1.0" encoding="UTF-8"?>
<jsonrpc version="2.0">
    <result>
        <status>True</status>
        <value>${value}</value>
    </result>
    <version>${escapeHtml(version)}</version>
    <id>1</id>
</jsonrpc>`;
  return new RawReply(body, 'text/xml; charset=utf-8');
}

/** An error as the few functions answer it that speak XML, escaped (spec/admin-api §1.6). */
export function xmlError(error: WireError, version: string): RawReply {
  const body = `<?xml version="1.0" encoding="UTF-8"?>
<jsonrpc version="2.0802">
    <result>
        <status>False</status>
        <error>
            <code>${error.code}</code>
            <message>${escapeHtml(error.message)}</message>
        </error>
    </result>
    <version>${escapeHtml(version)}</version>
    <id>1</id>
</jsonrpc>
`;
  return new RawReply(body, 'text/xml; charset=utf-8');
}
