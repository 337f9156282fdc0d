import type { Configuration } from '@app/realms';

import type { Settings } from '../config/settings.js';
import { providerAdapters } from '../delivery/adapters.js';
import type { DeliveryObserver } from '../delivery/delivery-observer.js';
import { ProviderGateway } from '../delivery/provider-gateway.js';
import { VoiceConnections } from '../delivery/voice/voice-connections.js';
import { CustomVoice } from '../delivery/voice/custom-voice.js';
import { HttpGateway } from '../delivery/http/http-gateway.js';
import { TrustedCertificates } from '../outbound/trusted-certificates.js';

/** What sends messages, and what tries out whether it could. */
export function openDelivery(settings: Settings, configuration: Configuration, observer: DeliveryObserver) {
  const trusted = new TrustedCertificates(settings.trustedCertificatesFile);
  const { dataFolder, mailTemplateFolder } = settings;
  const adapters = providerAdapters({ trusted, dataFolder, mailTemplateFolder });
  return {
    messageGateway: new ProviderGateway(configuration, adapters, {
      budgetMs: settings.deliverySeconds * 1000,
      observer,
    }),
    providerConnections: new VoiceConnections(new CustomVoice(new HttpGateway(trusted))),
  };
}
