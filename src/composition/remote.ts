import type { PolicySecrets } from '@app/realms';

import type { Settings } from '../config/settings.js';
import { TrustedCertificates } from '../outbound/trusted-certificates.js';
import { HttpRemote } from '../remote/http-remote.js';
import { LinotpServers } from '../remote/linotp-servers.js';
import { RadiusClient } from '../remote/radius/radius-client.js';
import { RadiusRemote } from '../remote/radius/radius-remote.js';
import type { RemoteObserver } from '../remote/remote-observer.js';
import { type RemoteProtocol, RemoteServers } from '../remote/remote-servers.js';
import { AskedInTurn } from '../remote/tokens/asked-in-turn.js';
import { ServersOfTokens } from '../remote/tokens/servers-of-tokens.js';
import { YubicoServers } from '../remote/yubico/yubico-servers.js';

/** What asks other servers to decide logins: for policies, and for tokens. */
export function openRemote(settings: Settings, secrets: PolicySecrets, observer: RemoteObserver) {
  const trusted = new TrustedCertificates(settings.trustedCertificatesFile);
  const linotp = new LinotpServers(trusted);
  const radius = new RadiusClient({ nasIdentifier: settings.radiusNasIdentifier });
  const http = new HttpRemote(linotp);
  const budgetMs = settings.forwardSeconds * 1000;
  const protocols = new Map<string, RemoteProtocol>([
    ['http:', http],
    ['https:', http],
    ['radius:', new RadiusRemote(radius)],
  ]);
  return {
    remoteAuthentication: new RemoteServers(secrets, protocols, { budgetMs, observer }),
    tokenServers: new ServersOfTokens(
      new AskedInTurn(budgetMs, observer),
      linotp,
      radius,
      new YubicoServers(trusted),
    ),
  };
}
