import { PasswordGuesses, hasUserPassword } from '@app/authentication';
import type {
  ConfigurationSnapshot,
  FindUser,
  LoginName,
  LoginThrottle,
  PasswordCheck,
  RealmUser,
  UserDirectory,
} from '@app/realms';

export interface UserCredentials {
  /** Whom the login may mean, the first who is found counts. */
  readonly names: readonly LoginName[];
  /** As it was written. */
  readonly login: string;
  readonly password: string;
  /** The client's address. */
  readonly client: string;
}

export type PasswordVerdict =
  | { readonly kind: 'right'; readonly user: RealmUser }
  | { readonly kind: 'wrong'; readonly user: RealmUser }
  /** Too many wrong ones of late: this one was not looked at. */
  | { readonly kind: 'throttled'; readonly user: RealmUser | null }
  | { readonly kind: 'unknown' };

/**
 * A user's password for the self-service: counted before it is looked at, by user and network of the client, on all nodes
 * together with the guesses of other logins. Users whom nobody knows cost the same counting, and the work of a hash.
 */
export class CheckUserPassword {
  constructor(
    private readonly findUser: FindUser,
    private readonly directory: UserDirectory,
    private readonly passwords: PasswordCheck,
    private readonly throttle: LoginThrottle,
  ) {}

  /** @throws Unavailable when the directory does not answer: never an acceptance */
  async execute(
    { names, login, password, client }: UserCredentials,
    configuration: ConfigurationSnapshot,
  ): Promise<PasswordVerdict> {
    const user = await this.#find(names, configuration);
    if (!user) return this.#unknown(login, password, client);
    const guesses = new PasswordGuesses(this.throttle, user, { client, network: null }, (given) =>
      hasUserPassword(user, given, configuration, this.directory),
    );
    if (!(await guesses.mayTry(false))) return { kind: 'throttled', user };
    return { kind: (await guesses.matches(password)) ? 'right' : 'wrong', user };
  }

  async #find(names: readonly LoginName[], configuration: ConfigurationSnapshot): Promise<RealmUser | null> {
    for (const name of names) {
      const found = await this.findUser.execute(name, configuration);
      if (found.kind === 'found') return found.user;
      if (found.kind === 'ambiguous') return null;
    }
    return null;
  }

  async #unknown(login: string, password: string, client: string): Promise<PasswordVerdict> {
    const account = login.normalize('NFKC').toLowerCase();
    const verdict = await this.throttle.charge({ account, client, isUser: true });
    if (verdict.kind === 'throttled') return { kind: 'throttled', user: null };
    await this.passwords.dummy(password);
    return { kind: 'unknown' };
  }
}
