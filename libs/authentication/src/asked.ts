import type { AuditContext } from '@app/audit';
import type { Clock } from '@app/kernel';
import {
  type ConfigurationSnapshot,
  type FindUser,
  type LoginName,
  type RealmUser,
  type UserLookup,
  policySubject,
} from '@app/realms';

import type { LoginRequest } from './login-request.js';
import { type Concerned, concernedNobody, concernedUser } from './login-scene.js';
import type { LoginSubject } from './login.js';
import { realmSetFor } from './policies/login-policies.js';
import type { LoginSelection, LoginSnapshots } from './ports.js';

/** A login as it is asked about: by whom, and whom it concerns. */
export interface Asked {
  readonly subject: LoginSubject;
  /** Where the user's tokens are looked for. */
  readonly selection: LoginSelection;
  /** `null`: a token's owner, who is looked for once the token is known. */
  readonly concerned: Concerned | null;
  /** Absent: no user was named. */
  readonly user?: RealmUser;
  /** Names of the policies that led here. */
  readonly ledBy: readonly string[];
  /** Resolvers of the realm that did not answer: the user may have tokens there. */
  readonly unanswered: readonly string[];
}

const NO_TOKENS: LoginSelection = { owner: { references: [], realm: '' } };

/** Whom it concerns is known once the challenges are. */
function askedByChallenges(transaction: LoginRequest['transaction']): Asked {
  const serial = transaction === null || transaction === 'unknown' ? '' : transaction.root;
  return {
    subject: { kind: 'token', serial },
    selection: { challenged: true },
    concerned: null,
    ledBy: [],
    unanswered: [],
  };
}

function askedByNobody(login: string, realm: string, isUnknown: boolean, ledBy: readonly string[]): Asked {
  const subject = { kind: 'nobody', login, realm, isUnknown } as const;
  return { subject, selection: NO_TOKENS, concerned: concernedNobody(login, realm), ledBy, unanswered: [] };
}

/** Whatever the request says, nobody else's tokens are looked at. */
function askedByOwner({ user, serial }: Extract<LoginRequest['by'], { readonly kind: 'own' }>): Asked {
  const { login, realm, references } = user;
  const owner = { references, realm };
  return {
    subject: { kind: 'user', login, realm, owner, serial, onlyToken: false },
    selection: { owner },
    concerned: concernedUser(user),
    user,
    ledBy: [],
    unanswered: user.unanswered ?? [],
  };
}

/** Finds out whom a login is about, before anything of it is decided. */
export class AskAbout {
  constructor(
    private readonly findUser: FindUser,
    private readonly snapshots: LoginSnapshots,
    private readonly clock: Clock,
  ) {}

  /**
   * A directory that does not answer may be one that the newest configuration no longer asks: nothing else would tell this
   * node so, as long as every login fails before it loads tokens.
   */
  async execute(
    request: LoginRequest,
    configuration: ConfigurationSnapshot,
    context: AuditContext,
  ): Promise<Asked | { startOverAt: number }> {
    try {
      return await this.#asked(request, configuration, context);
    } catch (error) {
      const { configurationVersion } = await this.snapshots.load(NO_TOKENS);
      if (configurationVersion > configuration.version) return { startOverAt: configurationVersion };
      throw error;
    }
  }

  async #asked(
    { by, transaction }: LoginRequest,
    configuration: ConfigurationSnapshot,
    context: AuditContext,
  ): Promise<Asked> {
    if (by.kind === 'transaction') return askedByChallenges(transaction);
    if (by.kind === 'own') return askedByOwner(by);
    if (by.kind === 'serial') {
      const { serial } = by;
      return {
        subject: { kind: 'token', serial },
        selection: { serial },
        concerned: null,
        ledBy: [],
        unanswered: [],
      };
    }
    if (by.kind === 'device') {
      const { serials } = by;
      const [serial] = serials;
      const notFound = `The serial ${serial} could not be found!`;
      return {
        subject: { kind: 'token', serial, notFound },
        selection: { serials },
        concerned: null,
        ledBy: [],
        unanswered: [],
      };
    }
    const name = by.name(configuration);
    if (name.login === '') return askedByNobody(name.login, name.realm, false, []);
    const { found, ledBy } = await this.#find(name, configuration, context);
    if (found.kind !== 'found') {
      const { login, realm } = found;
      // Not who only named a realm that there is not, or was sent to one; nor at check_s, which is about tokens
      // (spec/validate-api §1.4).
      const isInRealm = configuration.realms.has(realm.toLowerCase()) && ledBy.length === 0;
      const isUnknown = found.kind === 'unknown' && isInRealm && !by.onlyToken;
      return askedByNobody(login, realm, isUnknown, ledBy);
    }
    const { user } = found;
    const { login, realm } = user;
    const references =
      name.resolver === ''
        ? user.references
        : user.references.filter((reference) => reference.resolver === name.resolver);
    return {
      subject: {
        kind: 'user',
        login,
        realm,
        owner: { references, realm },
        serial: by.serial,
        onlyToken: by.onlyToken,
      },
      // All of the user's, whichever are meant: who has a token elsewhere is no user without one.
      selection: { owner: { references: user.references, realm } },
      concerned: concernedUser(user),
      user,
      ledBy,
      unanswered: user.unanswered ?? [],
    };
  }

  /** The user, in the realm that a policy puts them into, if one does (spec/validate-api §1.1). */
  async #find(
    name: LoginName,
    configuration: ConfigurationSnapshot,
    context: AuditContext,
  ): Promise<{ found: UserLookup; ledBy: readonly string[] }> {
    const found = await this.findUser.execute(name, configuration);
    const { login, realm } = found.kind === 'found' ? found.user : found;
    const written = found.kind === 'found' ? policySubject(found.user).login : login;
    const set = realmSetFor(
      configuration.policies,
      { login: written, realm: realm.toLowerCase() },
      context.client,
      this.clock.now(),
    );
    if (!set) return { found, ledBy: [] };
    const there = { login, realm: set.value, resolver: name.resolver };
    return { found: await this.findUser.execute(there, configuration), ledBy: set.by };
  }
}
