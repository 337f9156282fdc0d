import type { HttpGateway } from './http/http-gateway.js';
import type { ProviderAdapters } from './provider-adapter.js';
import { HttpSms } from './sms/http-sms.js';
import { RestSms } from './sms/rest-sms.js';
import { CustomVoice } from './voice/custom-voice.js';

/** What adapters need from the outside. */
export interface AdapterParts {
  readonly http: HttpGateway;
}

/** Which adapter sends for which class of providers. */
export function providerAdapters({ http }: AdapterParts): ProviderAdapters {
  return {
    sms: {
      HttpSMSProvider: new HttpSms(http),
      RestSMSProvider: new RestSms(http),
    },
    email: {},
    voice: {
      CustomVoiceProvider: new CustomVoice(http),
    },
  };
}
