/** Where records go to, besides the database. */
export type AuditStream =
  | { readonly kind: 'stdout'; readonly name: 'stdout' }
  | {
      readonly kind: 'udp' | 'tcp' | 'tls';
      /** As it was written: `syslog+tls://logs.example.org:6514`. */
      readonly name: string;
      readonly host: string;
      readonly port: number;
    };

const SYSLOG = /^syslog\+(udp|tcp|tls):\/\/(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?\/?$/i;
/** RFC 5426 §3.3; RFC 6587 names none; RFC 5425 §4.1. */
const USUAL_PORTS = { udp: 514, tcp: 601, tls: 6514 };

/** @returns `undefined` for what names none */
export function parseAuditStreams(text: string): readonly AuditStream[] | undefined {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== '');
  const streams = entries.map(parseStream);
  return streams.every((stream) => stream !== null) ? Object.freeze(streams) : undefined;
}

function parseStream(entry: string): AuditStream | null {
  if (entry === 'stdout') return { kind: 'stdout', name: 'stdout' };
  const [, kind, host, port] = SYSLOG.exec(entry) ?? [];
  if (kind === undefined || host === undefined) return null;
  const lower = kind.toLowerCase() as keyof typeof USUAL_PORTS;
  const number = port === undefined ? USUAL_PORTS[lower] : Number(port);
  if (number < 1 || number > 65_535) return null;
  return { kind: lower, name: entry, host: host.replaceAll(/[[\]]/g, ''), port: number };
}
