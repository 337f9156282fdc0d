import type { ProviderSettings } from '../provider-settings.js';

/** The number as a gateway wants it: `MSISDN` leaves digits and a leading plus, `SUPPRESS_PREFIX` takes its start away. */
export function phoneFor(settings: ProviderSettings, phone: string): string {
  const trimmed = phone.trim();
  const number = settings.flag('MSISDN')
    ? (trimmed.startsWith('+') ? '+' : '') + trimmed.replaceAll(/\D/g, '')
    : trimmed;
  const prefix = settings.text('SUPPRESS_PREFIX');
  return prefix !== '' && number.startsWith(prefix) ? number.slice(prefix.length) : number;
}
