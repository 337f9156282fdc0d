import { Invalid } from '@app/kernel';

import type { TrustedCertificates } from '../../outbound/trusted-certificates.js';
import type { ProviderSettings } from '../provider-settings.js';
import { tlsTerms } from '../tls-files.js';
import type { MailServer } from './smtp-connection.js';

/** Which members of a configuration say what. */
export interface MailMembers {
  /** A host, or `host:port`. */
  readonly server: string;
  readonly port: string;
  readonly user: string;
  readonly password: string;
  readonly startTls: string;
  readonly useSsl: string;
  readonly certificate: string;
  readonly key: string;
}

/** An IPv6 address has colons as well; with a port it stands in brackets. */
const SERVER = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]/]+))(?::(\d{1,5}))?$/i;
const PORTS = { none: 25, upgraded: 587, wrapped: 465 } as const;

/** @throws Invalid */
export async function mailServer(
  settings: ProviderSettings,
  members: MailMembers,
  trusted: TrustedCertificates,
): Promise<MailServer> {
  const given = settings.required(members.server).trim();
  const [, bracketed, name, ownPort] = SERVER.exec(given) ?? [];
  const host = bracketed ?? name;
  if (host === undefined) throw new Invalid(members.server, `${members.server} must be a host, or host:port`);
  const startTls = settings.flag(members.startTls);
  if (startTls && settings.flag(members.useSsl)) {
    throw new Invalid(members.startTls, `${members.startTls} and ${members.useSsl} exclude each other`);
  }
  const security = startTls ? 'upgraded' : settings.flag(members.useSsl) ? 'wrapped' : 'none';
  const usual = ownPort === undefined ? PORTS[security] : Number(ownPort);
  const port = settings.whole(members.port, usual, 65_535);
  const user = settings.text(members.user);
  const tls = { authorities: 'SERVER_CERTIFICATE', certificate: members.certificate, key: members.key };
  return {
    host,
    port,
    security,
    tls: await tlsTerms(settings, tls, trusted),
    credentials: user === '' ? null : { user, password: settings.text(members.password) },
    timeouts: settings.timeouts(),
  };
}
