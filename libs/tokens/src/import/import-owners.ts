import { Unavailable } from '@app/kernel';
import {
  type ConfigurationSnapshot,
  type FindUser,
  type LoginName,
  parseLoginName,
  type RealmUser,
  someAtATime,
} from '@app/realms';

import { shown } from './file-values.js';
import { TokenFileRefused } from './import.errors.js';
import type { ImportRights } from './import-rights.js';
import type { FileToken, LineNote, NamedOwner } from './token-file.js';

const LOOKUPS_AT_A_TIME = 8;
const MOST_PROBLEMS = 100;

/** Who the owners are that a file names. */
export class FileOwners {
  constructor(private readonly users: ReadonlyMap<string, RealmUser>) {}

  /** @returns `null` for a token that is nobody's */
  of({ owner }: Pick<FileToken, 'owner'>): RealmUser | null {
    return owner && (this.users.get(keyOf(owner)) ?? null);
  }
}

/**
 * Looks every owner up, once, before anything is changed.
 *
 * @throws TokenFileRefused with the lines of those whom nobody knows; ImportDenied, TokenDenied for realms that are not
 *         granted, whether or not there is such a user; Unavailable where a directory does not answer
 */
export async function fileOwners(
  tokens: readonly FileToken[],
  findUser: FindUser,
  configuration: ConfigurationSnapshot,
  rights: ImportRights,
): Promise<FileOwners> {
  const wanted = new Map<string, { token: FileToken; name: LoginName }>();
  for (const token of tokens) {
    if (!token.owner || wanted.has(keyOf(token.owner))) continue;
    const name = loginName(token.owner, configuration);
    rights.demandForOwner(name.realm || (configuration.settings.defaultRealm ?? ''), token.serial);
    wanted.set(keyOf(token.owner), { token, name });
  }
  const users = new Map<string, RealmUser>();
  const problems: LineNote[] = [];
  let count = 0;
  await someAtATime([...wanted], LOOKUPS_AT_A_TIME, async ([key, { token, name }]) => {
    const found = await findUser.execute(name, configuration);
    if (found.kind !== 'found') {
      const what = found.kind === 'unknown' ? 'no user' : 'several users';
      count++;
      if (problems.length < MOST_PROBLEMS) {
        problems.push({
          line: token.line,
          reason: `${what} >${shown(found.login)}< found in realm '${shown(found.realm)}'`,
        });
      }
      return;
    }
    const { user } = found;
    // The login itself may have named another realm.
    rights.demandForOwner(user.realm, token.serial);
    // Somebody else may have this login where nobody answered.
    if (user.unanswered) throw new Unavailable(`the resolvers ${user.unanswered.join(', ')} do not answer`);
    users.set(key, user);
  });
  if (count > 0) {
    throw new TokenFileRefused(
      problems.toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0)),
      count,
    );
  }
  return new FileOwners(users);
}

function loginName({ login, realm }: NamedOwner, { settings }: ConfigurationSnapshot): LoginName {
  return parseLoginName({ user: login, realm, resolver: '' }, settings.splitAtSign);
}

function keyOf({ login, realm }: NamedOwner): string {
  return `${realm.toLowerCase()}\t${login}`;
}
