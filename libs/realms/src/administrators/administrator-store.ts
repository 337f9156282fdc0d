import type { AdministratorAccount, AdministratorProfile, LocalAdministrator } from './administrator.js';

/**
 * The accounts of local administrators.
 *
 * Changing a password, disabling and removing kill every session that exists: `notBefore` is raised by whole seconds in
 * the same statement (or the account is gone), and each request of an administrator reads it.
 * All methods throw Unavailable when the database does not answer.
 */
export abstract class AdministratorStore {
  /** `null` for an unknown name, and for text that no column can hold. */
  abstract find(username: string): Promise<AdministratorAccount | null>;
  /** In order of name. */
  abstract list(): Promise<LocalAdministrator[]>;
  /**
   * @param passwordHash `null`: no login until a password is set
   * @throws Conflict when the name is taken
   */
  abstract add(username: string, passwordHash: string | null, profile: AdministratorProfile): Promise<void>;
  /** @throws Invalid for an unknown name */
  abstract setPassword(username: string, passwordHash: string): Promise<void>;
  /** Changes what is given. @throws Invalid for an unknown name */
  abstract setProfile(username: string, profile: Partial<AdministratorProfile>): Promise<void>;
  /** @throws Invalid for an unknown name */
  abstract setEnabled(username: string, isEnabled: boolean): Promise<void>;
  /** @throws Invalid for an unknown name */
  abstract remove(username: string): Promise<void>;
}
