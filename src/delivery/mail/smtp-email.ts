import { Invalid } from '@app/kernel';
import type { EmailMessage } from '@app/realms';
import MimeNode from 'nodemailer/lib/mime-node';

import type { TrustedCertificates } from '../../outbound/trusted-certificates.js';
import type { Attempt, Outcome, ProviderAdapter } from '../provider-adapter.js';
import type { ProviderSettings } from '../provider-settings.js';
import { fillIn, holdsOtp } from './fill-in.js';
import { type MailAddress, mailAddress, mailbox, oneLine } from './mail-address.js';
import { type MailMembers, mailServer } from './mail-settings.js';
import { renderedMail } from './mail-template.js';
import { MailRefused, sendMail } from './smtp-connection.js';
import type { TemplateFolder } from './template-folder.js';

const MEMBERS: MailMembers = {
  server: 'SMTP_SERVER',
  port: 'SMTP_PORT',
  user: 'SMTP_USER',
  password: 'SMTP_PASSWORD',
  startTls: 'START_TLS',
  useSsl: 'USE_SSL',
  certificate: 'CERTFILE',
  key: 'KEYFILE',
};
const FAILED = 'error sending e-mail';

/** `SMTPEmailProvider`. */
export class SmtpEmail implements ProviderAdapter<EmailMessage> {
  constructor(
    private readonly trusted: TrustedCertificates,
    private readonly templates: TemplateFolder,
  ) {}

  async send({ message, settings, signal }: Attempt<EmailMessage>): Promise<Outcome> {
    const server = await mailServer(settings, MEMBERS, this.trusted);
    const from = mailAddress(settings.text('EMAIL_FROM', 'linotp@example.com'));
    if (!from) throw new Invalid('EMAIL_FROM', 'EMAIL_FROM is no mail address');
    const to = mailbox(message.to);
    if (to === null) return { kind: 'refused', text: FAILED, reason: 'the recipient is no mail address' };
    const content = await this.#content(settings, message, from, to);
    try {
      await sendMail(server, { from: from.address, to, content }, signal);
      return { kind: 'sent', status: 'e-mail sent successfully' };
    } catch (error) {
      if (error instanceof MailRefused) return { kind: 'refused', text: FAILED, reason: error.message };
      throw error;
    }
  }

  async #content(
    settings: ProviderSettings,
    { subject: given, body, values }: EmailMessage,
    from: MailAddress,
    to: string,
  ): Promise<Buffer> {
    const subject = oneLine(fillIn(given || settings.text('EMAIL_SUBJECT', 'Your OTP'), values));
    const template = await this.#template(settings);
    if (template === null) return textMail({ from, to, subject, body: fillIn(withOtp(body), values) });
    const date = new Date().toUTCString().replace('GMT', '+0000');
    const headers = { Subject: subject, From: from.address, To: to, Date: date };
    const defaults = { ...headers, 'MIME-Version': '1.0', ...AUTOMATIC };
    return renderedMail(template, { ...values, ...headers }, defaults);
  }

  async #template(settings: ProviderSettings): Promise<string | null> {
    if (!settings.has('TEMPLATE')) return null;
    const template = settings.text('TEMPLATE');
    return template.startsWith('file://') ? this.templates.read(template.slice('file://'.length)) : template;
  }
}

/** RFC 3834 §5: nobody's absence is answered to us. */
const AUTOMATIC = { 'Auto-Submitted': 'auto-generated' };

interface TextMail {
  readonly from: MailAddress;
  readonly to: string;
  readonly subject: string;
  readonly body: string;
}

export function textMail({ from, to, subject, body }: TextMail): Promise<Buffer> {
  const mail = new MimeNode('text/plain; charset=utf-8', { disableFileAccess: true, disableUrlAccess: true });
  mail.setHeader({
    From: { name: from.name, address: from.address },
    To: { address: to },
    Subject: subject,
    ...AUTOMATIC,
  });
  mail.setContent(body);
  return mail.build();
}

function withOtp(body: string): string {
  if (body === '') return '<otp>';
  return holdsOtp(body) ? body : `${body} <otp>`;
}
