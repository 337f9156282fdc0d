import type { AuditContext } from '@app/audit';
import { type Clock, Unavailable } from '@app/kernel';
import type { Configuration, ConfigurationSnapshot, FindUser, LoginName, UserDirectory } from '@app/realms';
import type { Token } from '@app/tokens';

import { type Challenge, type NamedTransaction, isRightlyAnswered } from './challenge.js';
import { type PollAttempt, decidePoll, mayShowAny } from './decide-poll.js';
import { ANYWHERE, type GuessLimits } from '../guessing/guess-limits.js';
import { type MissBudget, metNoToken } from '../guessing/miss-budget.js';
import type { Enter, LoginAdmission } from '../login-admission.js';
import { tokenKeys } from '../login-keys.js';
import { type OfflineInfo, offlineOfAnswered } from '../login-devices.js';
import { DevicePolicies } from '../policies/device-policies.js';
import { LoginPolicies } from '../policies/login-policies.js';
import { concernedNobody, concernedOwner, concernedUser, hasUserPassword } from '../login-scene.js';
import type { LoginReport } from '../login-report.js';
import type { LoginCommit, LoginCommitter, LoginSnapshots } from '../ports.js';
import { recordedLogin } from '../recorded-login.js';

export interface PollRequest {
  /** `'unknown'`: no id looks like that, and nothing is found. */
  readonly transaction: NamedTransaction | 'unknown';
  readonly password: string;
  /** `null`: nobody is named. */
  readonly user: ((configuration: ConfigurationSnapshot) => LoginName) | null;
  readonly serial: string | null;
  /** As at a login. */
  readonly network: string | null;
  /** The client wants to know how to check the next answers without this server. */
  readonly wantsOffline: boolean;
}

export interface PolledToken {
  readonly challenge: Challenge;
  readonly token: Token;
  /** `null`: it is not to be told. */
  readonly offline: OfflineInfo | null;
}

export interface PollResult {
  readonly challenges: readonly PolledToken[];
  /** What a policy lets the client know; `null`: no more. */
  readonly told: LoginReport | null;
}

const START_OVERS = 5;

/** How the challenges of a transaction stand; nobody is let in by it. */
export class PollTransaction {
  constructor(
    private readonly configuration: Configuration,
    private readonly findUser: FindUser,
    private readonly directory: UserDirectory,
    private readonly snapshots: LoginSnapshots,
    private readonly committer: LoginCommitter,
    private readonly limits: GuessLimits,
    private readonly admission: LoginAdmission,
    private readonly misses: MissBudget,
    private readonly clock: Clock,
  ) {}

  /** @throws Unavailable */
  async execute(request: PollRequest, context: AuditContext): Promise<PollResult> {
    let configuration = this.configuration.current();
    for (let round = 0; round < START_OVERS; round++) {
      const asOf = configuration;
      const outcome = await this.admission.run(`p\0${rootOf(request) ?? ''}`, (enter) =>
        this.#once(request, asOf, context, enter),
      );
      if ('challenges' in outcome) return outcome;
      configuration = await this.configuration.atLeast(outcome.startOverAt);
    }
    throw new Unavailable('the challenges could not be read: tokens or configuration keep changing');
  }

  async #once(
    request: PollRequest,
    configuration: ConfigurationSnapshot,
    context: AuditContext,
    enter: Enter,
  ): Promise<PollResult | { readonly startOverAt: number }> {
    const { transaction, password, user, serial } = request;
    const root = rootOf(request);
    const snapshot = await this.snapshots.load({ challenged: true, ...(root !== null && { root }) });
    if (snapshot.configurationVersion > configuration.version) {
      return { startOverAt: snapshot.configurationVersion };
    }
    enter(tokenKeys(snapshot.tokens));
    const found = user && (await this.findUser.execute(user(configuration), configuration));
    const [first] = snapshot.tokens;
    const realm = snapshot.challenges[0]?.realm ?? '';
    const known = found?.kind === 'found' ? found.user : null;
    const concerned = known
      ? concernedUser(known)
      : first && !user
        ? await concernedOwner([{ ...first, realms: [realm] }], configuration, this.directory)
        : concernedNobody('', realm);
    const scene = {
      ...concerned.scene,
      client: context.client,
      time: this.clock.now(),
      ledBy: [],
    };
    const policies = new LoginPolicies(configuration.policies, scene);
    const devices = new DevicePolicies(configuration.policies, scene);
    // Without a user it is the token's own PIN, whatever policies say.
    const mode = user ? policies.pinMode().value : 'token-pin';
    const isTheirs = ({ owner }: Token) =>
      user === null ||
      (known?.references.some(
        ({ resolver, userId }) => resolver === owner?.resolver && userId === owner.userId,
      ) ??
        false);
    const guessing = { limits: this.limits, origin: request.network ?? ANYWHERE };
    const place = transaction === 'unknown' ? null : transaction.place;
    const polled = { place, password, serial, isTheirs, guessing };
    const needsPassword = (tokens: readonly Token[], challenges: readonly Challenge[], now: Date) =>
      mode === 'user-password' && mayShowAny(tokens, challenges, now, polled);
    const asksDirectory = needsPassword(snapshot.tokens, snapshot.challenges, snapshot.now);
    const attempt: PollAttempt = {
      ...polled,
      mode,
      isUserPassword:
        asksDirectory && (await hasUserPassword(concerned.holder, password, configuration, this.directory)),
    };
    const named = known ?? (concerned.holder && { login: concerned.holder.login, realm });
    const who = named && { login: named.login, realm: named.realm };
    const decision = decidePoll(snapshot.tokens, snapshot.challenges, snapshot.now, attempt);
    const commit: LoginCommit = {
      context: {
        ...context,
        ...(who ? { user: who.login, realm: who.realm } : { user: recordedLogin(context.user) }),
      },
      tokens: snapshot.tokens,
      root,
      challenges: snapshot.challenges,
      now: snapshot.now,
      decision,
      // Nobody was asked, and by now that makes a difference.
      decideAgain: (tokens, now, challenges) =>
        !asksDirectory && needsPassword(tokens, challenges, now)
          ? null
          : decidePoll(tokens, challenges, now, attempt),
    };
    const committed = metNoToken(decision)
      ? await this.misses.record(context, () => this.committer.commit(commit), decision)
      : await this.committer.commit(commit);
    if (committed === 'start-over' || committed.verdict.kind !== 'polled') {
      return { startOverAt: configuration.version };
    }
    const { challenges } = committed.verdict;
    const isAnswered = challenges.some(isRightlyAnswered);
    const isAdministrator = who?.realm.toLowerCase() === configuration.adminRealm.toLowerCase();
    const report: LoginReport = isAnswered
      ? {
          succeeded: true,
          user: who && { ...who, record: concerned.holder?.record ?? null, isAdministrator },
        }
      : { succeeded: false, error: '' };
    const looked = challenges.flatMap((challenge) => {
      const token = snapshot.tokens.find(({ id }) => id === challenge.tokenId);
      return token ? [{ challenge, token }] : [];
    });
    const offline = request.wantsOffline ? await offlineOfAnswered(looked, devices, this.snapshots) : null;
    return {
      challenges: looked.map((one) => ({ ...one, offline: offline?.get(one.challenge.id) ?? null })),
      told: policies.tellsDetail(isAnswered) ? report : null,
    };
  }
}

function rootOf({ transaction }: PollRequest): string | null {
  return transaction === 'unknown' ? null : transaction.root;
}
