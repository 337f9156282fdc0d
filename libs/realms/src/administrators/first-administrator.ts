import type { RandomSource } from '@app/kernel';

import type { AdministratorStore } from './administrator-store.js';
import { parseNewPassword, randomPassword } from './password.js';

export const FIRST_ADMINISTRATOR = 'admin';

/** Where the password of the first administrator came from decides who has to be told. */
export type FirstPassword =
  | { readonly kind: 'given'; readonly password: string }
  | { readonly kind: 'made up'; readonly password: string };

/** Whether somebody has to be made who can log in. */
export async function needsFirstAdministrator(store: AdministratorStore): Promise<boolean> {
  return (await store.list()).length === 0;
}

/** @param given the password that the operator chose; `null`: one is made up @throws Invalid for one that is too weak */
export function firstPassword(given: string | null, random: RandomSource): FirstPassword {
  if (given === null) return { kind: 'made up', password: randomPassword(random) };
  return { kind: 'given', password: parseNewPassword(given, FIRST_ADMINISTRATOR) };
}
