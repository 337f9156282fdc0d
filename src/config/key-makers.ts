import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

import type { Settings } from './settings.js';
import { SettingsError } from './settings-error.js';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const VARIABLE = 'TWINLOCK_FIDO2_MAKERS_FILE';

/**
 * Certificates (PEM) of the makers of security keys whom this installation trusts; without a file: none is asked about.
 * @throws SettingsError for a file that cannot be read, or holds none
 */
export function readKeyMakers({ keyMakersFile }: Pick<Settings, 'keyMakersFile'>): readonly string[] {
  if (keyMakersFile === null) return [];
  const makers = attempt(`cannot be read: ${keyMakersFile}`, () => readFileSync(keyMakersFile, 'utf8')).match(
    CERTIFICATE,
  );
  if (!makers) throw new SettingsError(VARIABLE, 'holds no certificate in PEM');
  for (const maker of makers) attempt('holds what is no certificate', () => new X509Certificate(maker));
  return makers;
}

function attempt<T>(problem: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new SettingsError(VARIABLE, problem, { cause: error });
  }
}
