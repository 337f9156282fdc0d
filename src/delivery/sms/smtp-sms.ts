import { Invalid } from '@app/kernel';
import type { SmsMessage } from '@app/realms';

import type { TrustedCertificates } from '../../outbound/trusted-certificates.js';
import { mailAddress, mailbox, oneLine } from '../mail/mail-address.js';
import { type MailMembers, mailServer } from '../mail/mail-settings.js';
import { textMail } from '../mail/smtp-email.js';
import { MailRefused, sendMail } from '../mail/smtp-connection.js';
import { ServerAway } from '../../outbound/server-away.js';
import type { Attempt, Outcome, ProviderAdapter } from '../provider-adapter.js';
import { SMS_SENT, smsDoubtful, smsRefused } from './gateway-answer.js';
import { phoneFor } from './phone.js';

const MEMBERS: MailMembers = {
  server: 'mailserver',
  port: 'mailserver_port',
  user: 'mailuser',
  password: 'mailpassword',
  startTls: 'start_tls',
  useSsl: 'use_ssl',
  certificate: 'certfile',
  key: 'keyfile',
};
const NUMBER = /^[+\d][\d ()./-]*$/;

/** `SmtpSMSProvider`: a gateway makes SMS out of mails. */
export class SmtpSms implements ProviderAdapter<SmsMessage> {
  constructor(private readonly trusted: TrustedCertificates) {}

  async send({ message, settings, signal }: Attempt<SmsMessage>): Promise<Outcome> {
    const server = await mailServer(settings, MEMBERS, this.trusted);
    const from = mailAddress(settings.required('mailsender'));
    if (!from) throw new Invalid('mailsender', 'mailsender is no mail address');
    const phone = phoneFor(settings, message.to);
    // It becomes part of an address: whose mailbox that is, is not for users to choose.
    if (!NUMBER.test(phone)) return smsRefused('the recipient is no telephone number');
    const filled = (text: string) =>
      text.replaceAll(/<(phone|otp)>/g, (_place, name) => (name === 'phone' ? phone : message.text));
    const to = mailbox(settings.required('mailto').replaceAll('<phone>', phone));
    if (to === null) return smsRefused('mailto makes no mail address of the number');
    const subject = oneLine(filled(settings.text('subject', '[LinOTP]')));
    const content = await textMail({ from, to, subject, body: filled(settings.text('body', '<otp>')) });
    try {
      await sendMail(server, { from: from.address, to, content }, signal);
      return SMS_SENT;
    } catch (error) {
      if (error instanceof MailRefused) return smsRefused(error.message);
      // With it, another provider is not to be tried.
      if (error instanceof ServerAway && !settings.flag('raise_exception', true))
        return smsDoubtful(error.message);
      throw error;
    }
  }
}
