import { createHash } from 'node:crypto';

import { DuplicateUser } from './import.errors.js';
import type { ManagedProfile, ManagedUser } from './managed-user.js';
import type { ImportedUser } from './parse-import.js';

/** Logins by user ids. */
export type UserNames = ReadonlyMap<string, string>;

/** What an import does, or would do. */
export interface ImportResult {
  readonly created: UserNames;
  readonly unchanged: UserNames;
  readonly modified: UserNames;
  /** Not in the file any more. */
  readonly deleted: UserNames;
  /** Stands for this file on these users: an import that names it is refused when either has changed. */
  readonly preview: string;
}

export interface ImportPlan extends ImportResult {
  /** `basisOf` the users that it was made for. */
  readonly basis: string;
  /** New and changed users. */
  readonly saved: readonly PlannedUser[];
}

export interface PlannedUser {
  readonly profile: ManagedProfile;
  readonly password:
    | { readonly kind: 'hash'; readonly hash: string | null }
    /** To be hashed when the plan is carried out. */
    | { readonly kind: 'plain'; readonly text: string };
}

export interface ImportSituation {
  readonly resolver: string;
  readonly file: readonly ImportedUser[];
  readonly stored: readonly ManagedUser[];
  readonly arePasswordsPlain: boolean;
  /** User ids whose password in the file is the one that is stored. */
  readonly samePasswords: ReadonlySet<string>;
}

/** What makes the stored users those of the file. @throws DuplicateUser */
export function planImport({
  resolver,
  file,
  stored,
  arePasswordsPlain,
  samePasswords,
}: ImportSituation): ImportPlan {
  refuseDuplicates(file);
  const before = new Map(stored.map((user) => [user.userId, user]));
  const inFile = new Set(file.map(({ userId }) => userId));
  const saved: PlannedUser[] = [];
  const result = {
    created: new Map<string, string>(),
    unchanged: new Map<string, string>(),
    modified: new Map<string, string>(),
    deleted: namesOf(stored.filter(({ userId }) => !inFile.has(userId))),
  };
  for (const user of file) {
    const old = before.get(user.userId);
    const keepsPassword = old !== undefined && samePasswords.has(user.userId);
    const isUnchanged = keepsPassword && isSameProfile(old, user);
    const names = isUnchanged ? result.unchanged : old ? result.modified : result.created;
    names.set(user.userId, user.username);
    if (isUnchanged) continue;
    const hash = keepsPassword ? old.passwordHash : user.password || null;
    const isToBeHashed = arePasswordsPlain && !keepsPassword && user.password !== '';
    saved.push({
      profile: profileOf(user),
      password: isToBeHashed ? { kind: 'plain', text: user.password } : { kind: 'hash', hash },
    });
  }
  const basis = basisOf(stored);
  // Without the passwords themselves: nobody shall guess at them by it.
  const names = Object.values(result).map((bucket) => [...bucket.keys()]);
  const preview = digest([[resolver, basis], ...file.map(profileFields), ...names]);
  return { ...result, preview, basis, saved };
}

/** Changes whenever one of the users does. */
export function basisOf(stored: readonly ManagedUser[]): string {
  return digest(stored.map((user) => [...profileFields(user), user.passwordHash]));
}

/** For records: counts, no names. */
export function importSummary(resolver: string, result: ImportResult): string {
  const { created, unchanged, modified, deleted } = result;
  return `${resolver}: ${created.size} created, ${unchanged.size} unchanged, ${modified.size} modified, ${deleted.size} deleted`;
}

function refuseDuplicates(users: readonly ImportedUser[]): void {
  const ids = new Set<string>();
  const logins = new Set<string>();
  for (const { userId, username, line } of users) {
    if (ids.has(userId)) throw new DuplicateUser('userid', userId, line);
    if (logins.has(username)) throw new DuplicateUser('username', username, line);
    ids.add(userId);
    logins.add(username);
  }
}

function namesOf(users: readonly ManagedProfile[]): Map<string, string> {
  return new Map(users.map(({ userId, username }) => [userId, username]));
}

function profileOf(user: ManagedProfile): ManagedProfile {
  const { userId, username, surname, givenName, email, phone, mobile } = user;
  return { userId, username, surname, givenName, email, phone, mobile };
}

function profileFields(user: ManagedProfile): string[] {
  return Object.values(profileOf(user));
}

function isSameProfile(one: ManagedProfile, other: ManagedProfile): boolean {
  const fields = profileFields(other);
  return profileFields(one).every((value, place) => value === fields[place]);
}

function digest(rows: readonly (readonly (string | null)[])[]): string {
  return createHash('sha256').update(JSON.stringify(rows), 'utf8').digest('base64url');
}
