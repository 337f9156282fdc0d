import { ProviderConnections, type ProviderDefinition, providerClass } from '@app/realms';

import { ServerAway } from '../../outbound/server-away.js';
import { ProviderSettings } from '../provider-settings.js';
import type { CustomVoice } from './custom-voice.js';

/** An administrator waits for it. */
const LONGEST_MS = 30_000;

/** Asks the servers of voice providers; no other class has a test (spec/system-api §6.2). */
export class VoiceConnections extends ProviderConnections {
  constructor(private readonly voice: CustomVoice) {
    super();
  }

  async test(provider: ProviderDefinition): Promise<boolean> {
    if (providerClass(provider.type, provider.className)?.name !== 'CustomVoiceProvider') return false;
    try {
      return await this.voice.probe(ProviderSettings.of(provider), AbortSignal.timeout(LONGEST_MS));
    } catch (error) {
      if (error instanceof ServerAway) return false;
      throw error;
    }
  }
}
