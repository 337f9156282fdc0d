import { hostname } from 'node:os';

import type { AuditStream } from '../config/audit-streams.js';
import type { Settings } from '../config/settings.js';
import { AuditShipping } from '../observability/shipping/audit-shipping.js';
import type { Destination } from '../observability/shipping/destination.js';
import type { ShippingObserver } from '../observability/shipping/shipping-observer.js';
import { type LineWriter, StdoutDestination } from '../observability/shipping/stdout-destination.js';
import { SyslogConnection, SyslogDatagrams } from '../observability/shipping/syslog-destination.js';
import { TrustedCertificates } from '../outbound/trusted-certificates.js';
import { NobodyIsTold, type RecordObserver } from '../persistence/lanes/record-observer.js';

/** @param lines standard output; `null`: it is for something else */
export function shipAudit(
  { auditStreams, auditStreamRecords, trustedCertificatesFile }: Settings,
  observer: ShippingObserver,
  lines: LineWriter | null,
): RecordObserver {
  const trusted = new TrustedCertificates(trustedCertificatesFile);
  const destinations = auditStreams.flatMap((stream) => destinationOf(stream, trusted, lines));
  if (destinations.length === 0) return new NobodyIsTold();
  return new AuditShipping(destinations, auditStreamRecords, observer);
}

function destinationOf(
  stream: AuditStream,
  trusted: TrustedCertificates,
  lines: LineWriter | null,
): Destination | readonly [] {
  if (stream.kind === 'stdout') return lines ? new StdoutDestination(lines) : [];
  const sender = { host: hostname(), program: 'twinlock', process: process.pid };
  if (stream.kind === 'udp') return new SyslogDatagrams(stream, sender);
  const tls = async () => ({ context: await trusted.context(), isChecked: true });
  return new SyslogConnection(stream, sender, stream.kind === 'tls' ? tls : null);
}
