import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { AdminAgent, Fields } from '../support/clients/admin-agent.js';
import type { Installation } from '../support/application/installation.js';
import { RFC_KEY_HEX } from '../support/clients/otp.js';

/** Users of a passwd file in the default realm `staff`. */
export async function givenUsers(
  admin: AdminAgent,
  installation: Installation,
  logins: readonly string[],
): Promise<void> {
  const fileName = join(installation.folder, 'passwd');
  const lines = logins.map((login, place) => `${login}:x:${1000 + place}:1000:${login}:/:/bin/false\n`);
  await writeFile(fileName, lines.join(''));
  await changed(admin, '/system/setResolver', { name: 'file', type: 'passwdresolver', fileName });
  await changed(admin, '/system/setRealm', {
    realm: 'staff',
    resolvers: 'useridresolver.PasswdIdResolver.IdResolver.file',
  });
  await changed(admin, '/system/setDefaultRealm', { realm: 'staff' });
}

/** An HOTP token with the RFC's key, unless said otherwise. */
export async function enrol(admin: AdminAgent, serial: string, form: Fields = {}): Promise<void> {
  await changed(admin, '/admin/init', { type: 'hmac', serial, otpkey: RFC_KEY_HEX, ...form });
}

/** @throws when the administrator was refused */
export async function changed(admin: AdminAgent, path: string, form: Fields): Promise<void> {
  const { text, body } = await admin.post(path, form);
  if (body?.result?.status !== true || body.result.value === false) throw new Error(`${path}: ${text}`);
}
