import type { Token } from '@app/tokens';

import { targetSerials } from '../decide/forwarded-token.js';
import { areUnchanged } from '../login-scene.js';
import type { ReadLogin } from './read-login.js';

/** All tokens that a login relies on, each once: those that may be meant, those beside them, and those that they lead to. */
export function heldBy({ tokens, targets }: ReadLogin, beside: readonly Token[]): readonly Token[] {
  const theirs = [...tokens, ...beside];
  return [...theirs, ...targets.filter(({ id }) => theirs.every((token) => token.id !== id))];
}

/** Of the tokens as they are now, those that were read as these. */
export function amongst(all: readonly Token[], read: readonly Token[]): readonly Token[] {
  return read.length === 0 ? [] : all.filter(({ id }) => read.some((token) => token.id === id));
}

/** Whether the tokens as they are now would have been read otherwise: then the login starts over. */
export function isOutdated(
  { goesByOwner, serials }: ReadLogin,
  found: readonly Token[],
  held: readonly Token[],
): boolean {
  // Whose token it is, and in which realms, may have changed: so may what the policies say about it.
  if (goesByOwner && !areUnchanged(found, held)) return true;
  // A forward token has another target by now.
  return targetSerials(found).some((serial) => !serials.includes(serial));
}
