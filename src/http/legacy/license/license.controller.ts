import { Req } from '@nestjs/common';

import { EnvelopeVersion, type LegacyReply } from '../../envelope/envelope.js';
import { Changes, LegacyController, Reads } from '../../envelope/routes/legacy-controller.js';
import { xmlError } from '../../envelope/errors/xml-error.js';
import { type Exchange, type ExchangeRequest, note } from '../../exchange.js';
import type { RawReply } from '../../server/raw-reply.js';
import { refusedLicense, supportInfo, supportValidity } from './support-license.js';

const LICENSE = { name: 'license', description: 'file, or its text', required: true };
const FORMAT = { name: 'format', description: 'xml: the answer is XML' };

/** `/system/getSupportInfo`, `isSupportValid`, `setSupport` (spec/system-api §9). */
@LegacyController('system')
export class SupportController {
  constructor(private readonly version: EnvelopeVersion) {}

  @Reads('getSupportInfo', { right: 'login', summary: 'What the support license says: nothing' })
  getSupportInfo(@Req() { exchange }: ExchangeRequest): LegacyReply {
    return supportInfo(exchange);
  }

  @Reads('isSupportValid', { right: 'login', summary: 'Refused: there is no license' })
  isSupportValid(@Req() { exchange }: ExchangeRequest): LegacyReply {
    return supportValidity(exchange);
  }

  @Changes('setSupport', {
    right: { scope: 'system', action: 'write' },
    summary: 'Says what is wrong with a support license',
    parameters: [LICENSE, FORMAT],
  })
  setSupport(@Req() { exchange }: ExchangeRequest): RawReply {
    return refusal(exchange, this.version);
  }
}

/** The same under their older names. */
@LegacyController('license')
export class LicenseController {
  constructor(private readonly version: EnvelopeVersion) {}

  @Reads('getSupportInfo', { right: 'login', summary: 'As system/getSupportInfo' })
  getSupportInfo(@Req() { exchange }: ExchangeRequest): LegacyReply {
    return supportInfo(exchange);
  }

  @Reads('isSupportValid', { right: 'login', summary: 'As system/isSupportValid' })
  isSupportValid(@Req() { exchange }: ExchangeRequest): LegacyReply {
    return supportValidity(exchange);
  }

  @Changes('setSupport', {
    right: { scope: 'system', action: 'write' },
    summary: 'As system/setSupport',
    parameters: [LICENSE, FORMAT],
  })
  setSupport(@Req() { exchange }: ExchangeRequest): RawReply {
    return refusal(exchange, this.version);
  }
}

/** @throws WireError unless XML is asked for */
function refusal(exchange: Exchange, version: EnvelopeVersion): RawReply {
  const error = refusedLicense(exchange.parameters);
  if (exchange.parameters.text('format') !== 'xml') throw error;
  note(exchange, { info: error.message });
  return xmlError(error, version.text);
}
