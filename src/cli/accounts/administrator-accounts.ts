import type { AuditContext } from '@app/audit';
import {
  type AdministratorChanges,
  type AdministratorProfile,
  type AdministratorStore,
  EMPTY_PROFILE,
  parseAdministratorName,
} from '@app/realms';

import { CommandError } from '../command-error.js';

/** Nobody could log in after the change. */
export class LastAdministrator extends CommandError {
  constructor(name: string) {
    super(
      `${name} is the last enabled administrator with a password: nobody could log in any more (--force does it all the same)`,
    );
  }
}

/** Changes of local administrators as an operator makes them, each with its record. */
export class AdministratorAccounts {
  /** @param context of the operator's records, but for the action and the account */
  constructor(
    private readonly changes: AdministratorChanges,
    private readonly context: Omit<AuditContext, 'action' | 'user'>,
  ) {}

  /** Nobody can log in with it until a password is set. @throws Conflict, Invalid, Unavailable */
  async add(name: string, profile: Partial<AdministratorProfile>): Promise<void> {
    const username = parseAdministratorName(name);
    await this.#change('add', username, fieldNames(profile), (accounts) =>
      accounts.add(username, null, { ...EMPTY_PROFILE, ...profile }),
    );
  }

  /** @throws Invalid, Unavailable */
  async modify(name: string, profile: Partial<AdministratorProfile>): Promise<void> {
    await this.#change('modify', name, fieldNames(profile), (accounts) => accounts.setProfile(name, profile));
  }

  /** Ends the account's sessions. @throws Invalid, Unavailable */
  async setPassword(name: string, passwordHash: string): Promise<void> {
    await this.#change('password', name, '', (accounts) => accounts.setPassword(name, passwordHash));
  }

  /** @throws Invalid, Unavailable */
  async enable(name: string): Promise<void> {
    await this.#change('enable', name, '', (accounts) => accounts.setEnabled(name, true));
  }

  /** Ends the account's sessions. @throws LastAdministrator unless `isForced`; Invalid, Unavailable */
  async disable(name: string, isForced: boolean): Promise<void> {
    await this.#change('disable', name, '', async (accounts) => {
      if (!isForced) await refuseLast(accounts, name);
      await accounts.setEnabled(name, false);
    });
  }

  /** Ends the account's sessions. @throws LastAdministrator unless `isForced`; Invalid, Unavailable */
  async remove(name: string, isForced: boolean): Promise<void> {
    await this.#change('remove', name, '', async (accounts) => {
      if (!isForced) await refuseLast(accounts, name);
      await accounts.remove(name);
    });
  }

  async #change(
    action: string,
    user: string,
    info: string,
    work: (accounts: AdministratorStore) => Promise<void>,
  ): Promise<void> {
    const context = { ...this.context, action: `local-admins/${action}`, user };
    await this.changes.change(context, async (accounts) => {
      await work(accounts);
      return { result: undefined, facts: { succeeded: true, info } };
    });
  }
}

async function refuseLast(accounts: AdministratorStore, name: string): Promise<void> {
  const able = (await accounts.list()).filter((account) => account.isEnabled && account.hasPassword);
  const isAmong = able.some((account) => account.username === name);
  if (isAmong && able.length === 1) throw new LastAdministrator(name);
}

/** For the record: what was given, not the values, which are about a person. */
function fieldNames(profile: Partial<AdministratorProfile>): string {
  return Object.keys(profile).join(', ');
}
