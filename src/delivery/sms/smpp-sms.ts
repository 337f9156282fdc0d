import { randomInt } from 'node:crypto';

import { Invalid } from '@app/kernel';
import type { SmsMessage } from '@app/realms';

import type { TrustedCertificates } from '../../outbound/trusted-certificates.js';
import { openSocket, secureSocket, within } from '../../outbound/connection.js';
import type { Attempt, Outcome, ProviderAdapter } from '../provider-adapter.js';
import type { ProviderSettings } from '../provider-settings.js';
import { type Address, COMMAND, bindBody, submitBody } from '../smpp/pdu.js';
import { SmppRefused, SmppSession } from '../smpp/smpp-session.js';
import { type SmsEncoding, isInLatin1, segments } from '../smpp/sms-segments.js';
import { tlsTerms } from '../tls-files.js';
import { SMS_SENT, smsDoubtful, smsRefused } from './gateway-answer.js';
import { phoneFor } from './phone.js';

/** SMPP 3.4 §5.2.1: 20 characters and their NUL. */
const NUMBER = /^\+?[\da-z]{1,20}$/i;
const ENCODINGS: Readonly<Record<string, SmsEncoding>> = {
  'iso8859-1': 'latin1',
  'iso-8859-1': 'latin1',
  latin1: 'latin1',
  'latin-1': 'latin1',
  ascii: 'latin1',
  'utf-16': 'ucs2',
  'utf-16-be': 'ucs2',
  utf_16_be: 'ucs2',
  ucs2: 'ucs2',
};

/** `SMPPSMSProvider`: a message centre, asked as a transceiver. */
export class SmppSms implements ProviderAdapter<SmsMessage> {
  constructor(private readonly trusted: TrustedCertificates) {}

  async send({ message, settings, signal }: Attempt<SmsMessage>): Promise<Outcome> {
    const number = phoneFor(settings, message.to).replaceAll(/[ ()./-]/g, '');
    if (!NUMBER.test(number)) return smsRefused('the recipient is no telephone number');
    const source = { ...address(settings, 'source_addr'), address: latin1(settings, 'source_addr') };
    const destination = { ...address(settings, 'dest_addr'), address: number };
    const found = segments(message.text, encoding(settings), randomInt(256));
    if (!found) return smsRefused('the text is too long');
    const { dataCoding, hasHeader, messages } = found;
    const bind = bindBody({
      systemId: latin1(settings, 'system_id'),
      password: latin1(settings, 'password'),
      systemType: latin1(settings, 'system_type'),
    });
    const session = await this.#open(settings, signal);
    let taken = 0;
    try {
      await session.request('bind', COMMAND.bindTransceiver, bind);
      for (const part of messages) {
        const body = submitBody({ source, destination, dataCoding, hasHeader, message: part });
        await session.request('submit', COMMAND.submit, body);
        taken++;
      }
      return SMS_SENT;
    } catch (error) {
      if (error instanceof SmppRefused)
        return taken > 0 ? smsDoubtful(error.message) : smsRefused(error.message);
      throw error;
    } finally {
      session.end();
    }
  }

  async #open(settings: ProviderSettings, signal: AbortSignal): Promise<SmppSession> {
    const host = settings.required('server').trim();
    const port = settings.whole('port', 5100, 65_535);
    const { connectMs, readMs } = settings.timeouts();
    const members = { authorities: 'SERVER_CERTIFICATE', certificate: 'certfile', key: 'keyfile' };
    const tls = settings.flag('use_ssl') ? await tlsTerms(settings, members, this.trusted) : null;
    const inTime = within(signal, connectMs);
    const plain = await openSocket({ host, port }, inTime);
    const socket = tls ? await secureSocket(plain, host, tls, inTime) : plain;
    return new SmppSession(socket, readMs, signal);
  }
}

/** Type of number and numbering plan (§5.2.5, §5.2.6): international and ISDN unless said. */
function address(settings: ProviderSettings, name: string): Omit<Address, 'address'> {
  return { ton: settings.whole(`${name}_ton`, 1, 255), npi: settings.whole(`${name}_npi`, 1, 255) };
}

function latin1(settings: ProviderSettings, name: string): string {
  const text = settings.text(name);
  if (text.length <= 64 && !text.includes('\0') && isInLatin1(text)) return text;
  throw new Invalid(name, `${name} has up to 64 characters of Latin-1`);
}

function encoding(settings: ProviderSettings): SmsEncoding {
  const given = settings.text('target_encoding', 'ISO8859-1').toLowerCase();
  const known = Object.hasOwn(ENCODINGS, given) ? ENCODINGS[given] : undefined;
  if (known !== undefined) return known;
  throw new Invalid('target_encoding', 'target_encoding must be ISO8859-1 or UTF-16-BE');
}
