import type { PolicySecrets } from '@app/realms';

import type { Settings } from '../config/settings.js';
import { TrustedCertificates } from '../outbound/trusted-certificates.js';
import { HttpRemote } from '../remote/http-remote.js';
import type { RemoteObserver } from '../remote/remote-observer.js';
import { RadiusRemote } from '../remote/radius/radius-remote.js';
import { type RemoteProtocol, RemoteServers } from '../remote/remote-servers.js';

/** What asks other servers to decide logins. */
export function openRemote(settings: Settings, secrets: PolicySecrets, observer: RemoteObserver) {
  const http = new HttpRemote(new TrustedCertificates(settings.trustedCertificatesFile));
  return new RemoteServers(
    secrets,
    new Map<string, RemoteProtocol>([
      ['http:', http],
      ['https:', http],
      ['radius:', new RadiusRemote({ nasIdentifier: settings.radiusNasIdentifier })],
    ]),
    { budgetMs: settings.forwardSeconds * 1000, observer },
  );
}
