import type { SmsMessage } from '@app/realms';

import type { HttpGateway, HttpMembers } from '../http/http-gateway.js';
import type { Attempt, Outcome, ProviderAdapter } from '../provider-adapter.js';
import { checkRules, judgedAnswer } from './gateway-answer.js';
import { phoneFor } from './phone.js';

const MEMBERS: HttpMembers = {
  url: 'URL',
  proxy: 'PROXY',
  tls: { authorities: 'SERVER_CERTIFICATE', certificate: 'CLIENT_CERTIFICATE_FILE' },
  user: 'USERNAME',
  password: 'PASSWORD',
  scheme: 'AUTH_TYPE',
  headers: 'HEADERS',
};

/** `HttpSMSProvider`: number and text are parameters of a query or a form. */
export class HttpSms implements ProviderAdapter<SmsMessage> {
  constructor(private readonly gateway: HttpGateway) {}

  async send({ message, settings, signal }: Attempt<SmsMessage>): Promise<Outcome> {
    // Before anything is sent: afterwards nobody could say whether it was.
    checkRules(settings);
    const parameters = new URLSearchParams([...settings.texts('PARAMETER')]);
    parameters.set(settings.text('SMS_PHONENUMBER_KEY', 'phone'), phoneFor(settings, message.to));
    parameters.set(settings.text('SMS_TEXT_KEY', 'sms'), message.text);
    const method = settings.oneOf('HTTP_Method', ['POST', 'GET'], 'POST');
    const isForm = method === 'POST';
    const call = {
      method,
      contentType: 'application/x-www-form-urlencoded',
      body: isForm ? parameters.toString() : '',
      query: isForm ? new URLSearchParams() : parameters,
    };
    return judgedAnswer(settings, await this.gateway.call(settings, MEMBERS, call, signal));
  }
}
