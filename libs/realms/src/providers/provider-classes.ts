import type { ProviderType } from './provider.js';

/** What is known of a class without making one (spec/system-api §6.2). */
export interface ProviderClass {
  readonly name: string;
  /** Members of the configuration without which nothing can be sent. */
  readonly required: readonly string[];
  /** Members that say where secrets go and how they travel: after a change of one, secrets are given again. */
  readonly guardsSecrets: readonly string[];
  /** Members that are expressions to look for in an answer. */
  readonly expressions?: readonly string[];
  /** Why nothing is sent through it. */
  readonly unsupported?: string;
}

const CLASSES: Readonly<Record<ProviderType, readonly ProviderClass[]>> = {
  sms: [
    {
      name: 'HttpSMSProvider',
      required: ['URL'],
      guardsSecrets: ['URL', 'PROXY', 'SERVER_CERTIFICATE', 'AUTH_TYPE', 'HTTP_Method'],
      expressions: ['RETURN_SUCCESS_REGEX', 'RETURN_FAIL_REGEX'],
    },
    {
      name: 'RestSMSProvider',
      required: ['URL', 'SMS_TEXT_KEY', 'SMS_PHONENUMBER_KEY'],
      guardsSecrets: ['URL', 'PROXY', 'SERVER_CERTIFICATE', 'AUTHENTICATION'],
    },
    {
      name: 'SmtpSMSProvider',
      required: ['mailserver', 'mailsender', 'mailto'],
      guardsSecrets: ['mailserver', 'mailserver_port', 'start_tls', 'use_ssl', 'SERVER_CERTIFICATE'],
    },
    {
      name: 'SMPPSMSProvider',
      required: ['server'],
      guardsSecrets: ['server', 'port', 'use_ssl', 'SERVER_CERTIFICATE'],
    },
    {
      name: 'DeviceSMSProvider',
      required: ['CONFIGFILE'],
      guardsSecrets: [],
      unsupported: 'it runs a program on the server',
    },
    { name: 'FileSMSProvider', required: ['file'], guardsSecrets: [] },
  ],
  email: [
    {
      name: 'SMTPEmailProvider',
      required: ['SMTP_SERVER'],
      guardsSecrets: ['SMTP_SERVER', 'SMTP_PORT', 'START_TLS', 'USE_SSL', 'SERVER_CERTIFICATE'],
    },
  ],
  push: [
    {
      name: 'DefaultPushProvider',
      required: ['push_url'],
      guardsSecrets: ['push_url', 'proxy', 'server_certificate'],
    },
  ],
  voice: [
    {
      name: 'CustomVoiceProvider',
      required: ['server_url'],
      guardsSecrets: ['server_url', 'proxy', 'server_certificate'],
    },
  ],
};

const PATH = /^(?:[A-Za-z_]\w*\.){0,8}([A-Za-z_]\w*)$/;

/**
 * The class that a name means: alone, or with a path as LinOTP's classes have one (`smsprovider.HttpSMSProvider.HttpSMSProvider`,
 * `linotp.provider.smsprovider.HttpSMSProvider`).
 */
export function providerClass(type: ProviderType, className: string): ProviderClass | null {
  const name = PATH.exec(className)?.[1];
  return CLASSES[type].find((known) => known.name === name) ?? null;
}

/** Names of the classes of a type that something can be sent through. */
export function providerClassNames(type: ProviderType): readonly string[] {
  return CLASSES[type].filter(({ unsupported }) => unsupported === undefined).map(({ name }) => name);
}
