import { join } from 'node:path';

import type { TrustedCertificates } from '../outbound/trusted-certificates.js';
import { HttpGateway } from './http/http-gateway.js';
import { SmtpEmail } from './mail/smtp-email.js';
import { TemplateFolder } from './mail/template-folder.js';
import type { ProviderAdapters } from './provider-adapter.js';
import { DefaultPush } from './push/default-push.js';
import { FileSms } from './sms/file-sms.js';
import { HttpSms } from './sms/http-sms.js';
import { RestSms } from './sms/rest-sms.js';
import { SmppSms } from './sms/smpp-sms.js';
import { SmtpSms } from './sms/smtp-sms.js';
import { CustomVoice } from './voice/custom-voice.js';

/** What adapters need from the outside. */
export interface AdapterParts {
  /** Whose certificates servers may show. */
  readonly trusted: TrustedCertificates;
  readonly dataFolder: string;
  readonly mailTemplateFolder: string;
}

/** Which adapter sends for which class of providers. */
export function providerAdapters(parts: AdapterParts): ProviderAdapters {
  const { trusted, dataFolder, mailTemplateFolder } = parts;
  const http = new HttpGateway(trusted);
  return {
    sms: {
      HttpSMSProvider: new HttpSms(http),
      RestSMSProvider: new RestSms(http),
      SmtpSMSProvider: new SmtpSms(trusted),
      SMPPSMSProvider: new SmppSms(trusted),
      FileSMSProvider: new FileSms(join(dataFolder, 'sms')),
    },
    email: {
      SMTPEmailProvider: new SmtpEmail(trusted, new TemplateFolder(mailTemplateFolder)),
    },
    voice: {
      CustomVoiceProvider: new CustomVoice(http),
    },
    push: {
      DefaultPushProvider: new DefaultPush(http),
    },
  };
}
