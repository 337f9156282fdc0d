import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';

import { Invalid } from '@app/kernel';
import type { SmsMessage } from '@app/realms';

import type { Attempt, Outcome, ProviderAdapter } from '../provider-adapter.js';
import { SMS_SENT } from './gateway-answer.js';
import { phoneFor } from './phone.js';

const NAME = /^[\p{L}\p{N}_-][\p{L}\p{N}_. -]{0,99}$/u;

/** `FileSMSProvider`: the newest message in a file, for trying things out. */
export class FileSms implements ProviderAdapter<SmsMessage> {
  /** @param folder the only one that is written into */
  constructor(private readonly folder: string) {}

  async send({ message, settings }: Attempt<SmsMessage>): Promise<Outcome> {
    const name = settings.required('file');
    // An administrator of Twinlock must not be able to write elsewhere on the machine.
    if (!NAME.test(name)) {
      throw new Invalid('file', 'file must be a plain name: it lies in the folder sms of the data folder');
    }
    const text = `${phoneFor(settings, message.to)}:${message.text}`;
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
      const file = await open(join(this.folder, name), flags, 0o600);
      try {
        await file.writeFile(text);
      } finally {
        await file.close();
      }
    } catch (cause) {
      throw new Invalid('file', 'file cannot be written', { cause });
    }
    return SMS_SENT;
  }
}
