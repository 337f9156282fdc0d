import { Invalid } from '@app/kernel';
import type { SmsMessage } from '@app/realms';

import type { HttpGateway, HttpMembers } from '../http/http-gateway.js';
import type { Attempt, Outcome, ProviderAdapter } from '../provider-adapter.js';
import type { ProviderSettings } from '../provider-settings.js';
import { SMS_SENT, refusedByStatus } from './gateway-answer.js';
import { phoneFor } from './phone.js';
import { filledIn } from './rest-payload.js';

const MEMBERS: HttpMembers = {
  url: 'URL',
  isList: true,
  proxy: 'PROXY',
  tls: { authorities: 'SERVER_CERTIFICATE', certificate: 'CLIENT_CERTIFICATE_FILE' },
  user: 'USERNAME',
  password: 'PASSWORD',
  scheme: 'AUTHENTICATION',
  headers: 'HEADERS',
};

/** `RestSMSProvider`: number and text are filled into a JSON object. */
export class RestSms implements ProviderAdapter<SmsMessage> {
  constructor(private readonly gateway: HttpGateway) {}

  async send({ message, settings, signal }: Attempt<SmsMessage>): Promise<Outcome> {
    const call = {
      method: 'POST' as const,
      contentType: 'application/json',
      body: payload(settings, message),
      query: new URLSearchParams(),
    };
    const answer = await this.gateway.call(settings, MEMBERS, call, signal);
    return refusedByStatus(answer) ?? SMS_SENT;
  }
}

function payload(settings: ProviderSettings, { to, text }: SmsMessage): string {
  const given = settings.raw('PAYLOAD') ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw new Invalid('PAYLOAD', 'PAYLOAD must be a JSON object');
  }
  const textPath = settings.required('SMS_TEXT_KEY');
  const phonePath = settings.required('SMS_PHONENUMBER_KEY');
  const phone = phoneFor(settings, to);
  const withText = filledIn(given, 'SMS_TEXT_KEY', textPath, '<message>', text);
  return JSON.stringify(filledIn(withText, 'SMS_PHONENUMBER_KEY', phonePath, '<phone>', phone));
}
