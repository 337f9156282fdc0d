import type { RealmUser } from '@app/realms';

import type { Token } from '../token.js';
import type { KeyUser } from './ask-for-key.js';
import { NotKeyOwner } from './registration.errors.js';

/** @throws NotKeyOwner */
export function demandKeyOwner({ serial, owner }: Pick<Token, 'serial' | 'owner'>, user: RealmUser): void {
  const isTheirs = user.references.some(
    ({ resolver, userId }) => owner?.resolver === resolver && owner.userId === userId,
  );
  if (!isTheirs) throw new NotKeyOwner(user.login, serial);
}

/** @param label that policies give the token; `''`: they are called by their names in the directory */
export function keyUser({ login, record: { givenName, surname } }: RealmUser, label: string): KeyUser {
  if (label !== '') return { name: label, displayName: label };
  return { name: login, displayName: `${givenName} ${surname}`.trim() || login };
}
