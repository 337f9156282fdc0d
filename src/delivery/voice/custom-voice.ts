import { Invalid } from '@app/kernel';
import type { VoiceMessage } from '@app/realms';

import type { HttpGateway, HttpMembers } from '../http/http-gateway.js';
import type { HttpAnswer } from '../../outbound/http/http-exchange.js';
import type { Attempt, Outcome, ProviderAdapter } from '../provider-adapter.js';
import type { ProviderSettings } from '../provider-settings.js';

const MEMBERS: HttpMembers = {
  url: 'server_url',
  proxy: 'proxy',
  tls: { authorities: 'server_certificate', certificate: 'access_certificate' },
};
const TWILIO_REQUIRED = ['accountSid', 'authToken', 'callerNumber'];
const TWILIO = [...TWILIO_REQUIRED, 'voice'];

/** `CustomVoiceProvider`: a service of one's own makes the call. */
export class CustomVoice implements ProviderAdapter<VoiceMessage> {
  constructor(private readonly gateway: HttpGateway) {}

  async send({ message, settings, signal }: Attempt<VoiceMessage>): Promise<Outcome> {
    const { to, otp, template, locale } = message;
    const call = { calleeNumber: to, messageTemplate: template, otp, locale, ...twilio(settings) };
    const { status } = await this.#post(settings, JSON.stringify({ call }), signal);
    if (status < 300) return { kind: 'sent', status: 'voice call triggered' };
    const refused = { kind: 'refused', text: 'triggering voice call failed' } as const;
    if (status >= 400) return { ...refused, reason: `the service answered with HTTP status ${status}` };
    // Where it leads was not asked; nobody knows whether there is a call.
    return {
      ...refused,
      reason: `the service redirects, with HTTP status ${status}`,
      mayHaveArrived: true,
    };
  }

  /** Whether the service finds an empty object wanting. @throws ServerAway, Invalid */
  async probe(settings: ProviderSettings, signal: AbortSignal): Promise<boolean> {
    const { status } = await this.#post(settings, '{}', signal);
    return status < 300 || status === 400;
  }

  #post(settings: ProviderSettings, body: string, signal: AbortSignal): Promise<HttpAnswer> {
    const call = {
      method: 'POST' as const,
      contentType: 'application/json',
      body,
      query: new URLSearchParams(),
    };
    return this.gateway.call(settings, MEMBERS, call, signal);
  }
}

/** Exactly its four members, of which `voice` has a default. */
function twilio(settings: ProviderSettings) {
  if (!settings.has('twilioConfig')) return {};
  const given = settings.texts('twilioConfig');
  const missing = TWILIO_REQUIRED.find((name) => !given.get(name));
  if (missing !== undefined) throw new Invalid('twilioConfig', `twilioConfig: ${missing} is missing`);
  if ([...given.keys()].some((name) => !TWILIO.includes(name))) {
    throw new Invalid('twilioConfig', `twilioConfig has ${TWILIO.join(', ')} and nothing else`);
  }
  return { twilioConfig: { voice: 'alice', ...Object.fromEntries(given) } };
}
