import type { AuditContext } from '@app/audit';
import { type Clock, type RandomSource, Secret, Unavailable } from '@app/kernel';
import type {
  Configuration,
  ConfigurationSnapshot,
  FindUser,
  LoginThrottle,
  MessageGateway,
  RealmUser,
  UserDirectory,
} from '@app/realms';
import {
  type AssignAtLogin,
  type EnrolAtLogin,
  type FindUnassignedToken,
  type GiveMailedPin,
  type KeyChecks,
  type PartitionKeys,
  type PasswordHasher,
  type Token,
  matchesPin,
} from '@app/tokens';

import { AskAbout, type Asked } from './asked.js';
import { commitAssignment, isAssigning } from './assignment/commit-assignment.js';
import type { FindUnassignedRemote } from './assignment/find-unassigned-remote.js';
import { shownOtp } from './assignment/shown-otp.js';
import { attemptOf } from './attempt/attempt-of.js';
import { amongst, heldBy, isOutdated } from './attempt/held-tokens.js';
import { type ReadLogin, ReadLogins } from './attempt/read-login.js';
import { resultOf } from './attempt/result-of.js';
import { commitEnrolment, isEnrolling } from './enrolment/commit-enrolment.js';
import { MailNewPin } from './enrolment/mail-new-pin.js';
import { decideLogin } from './decide/decide-login.js';
import { withReports } from './decide/outcome/due-reports.js';
import { tellingConfirmation } from './decide/tell-record.js';
import { DeliverChallenges, type SendingLogin, sendingsOf } from './deliver/deliver-challenges.js';
import { MessagePolicies } from './deliver/message-policies.js';
import type { GuessLimits } from './guessing/guess-limits.js';
import { type MissBudget, metNoToken } from './guessing/miss-budget.js';
import type { Enter, LoginAdmission } from './login-admission.js';
import type { RemoteAuthentication } from './elsewhere/remote-authentication.js';
import type { TokenServers } from './elsewhere/token-servers.js';
import { subjectKey } from './login-keys.js';
import { type Decide, OutsideAnswers } from './outside-answers.js';
import { DevicePolicies } from './policies/device-policies.js';
import { KeyPolicies } from './policies/key-policies.js';
import { LoginPolicies } from './policies/login-policies.js';
import { hasUserPassword, userOf } from './login-scene.js';
import type { LoginRequest } from './login-request.js';
import type { LoginOutcome, LoginResult } from './login-report.js';
import type { LoginAttempt, LoginDecision } from './login.js';
import { PasswordGuesses } from './password-guesses.js';
import type { LoginCommit, LoginCommitter, LoginSnapshots } from './ports.js';
import { namedIn, withSubject } from './recorded-login.js';
import { rolloutsBeside, withRolloutsPurged } from './rollout-tokens.js';

/** Each is a change of the configuration, or of tokens, within one login: administrators may make many in a row. */
const START_OVERS = 10;
const NO_OPTIONS = () => new Map<string, string>();
// A verifier that nothing matches: unknown users cost the same PIN check as known ones.
const NOBODYS_PIN = Secret.of(Buffer.concat([Buffer.of(1), Buffer.alloc(48)]));

/** One login, from the request to its durable verdict. */
export class Authenticate {
  readonly #ask: AskAbout;
  readonly #read: ReadLogins;
  readonly #deliver: DeliverChallenges;
  readonly #mailPin: MailNewPin;

  constructor(
    private readonly configuration: Configuration,
    findUser: FindUser,
    private readonly directory: UserDirectory,
    private readonly snapshots: LoginSnapshots,
    private readonly committer: LoginCommitter,
    private readonly passwords: PasswordHasher,
    private readonly throttle: LoginThrottle,
    private readonly limits: GuessLimits,
    private readonly admission: LoginAdmission,
    private readonly misses: MissBudget,
    private readonly remote: RemoteAuthentication,
    private readonly servers: TokenServers,
    private readonly unassigned: FindUnassignedToken,
    private readonly unassignedRemote: FindUnassignedRemote,
    private readonly assigning: AssignAtLogin,
    private readonly enrolling: EnrolAtLogin,
    mailedPins: GiveMailedPin,
    partitionKeys: PartitionKeys,
    private readonly clock: Clock,
    private readonly random: RandomSource,
    gateway: MessageGateway,
    private readonly keys: KeyChecks,
  ) {
    this.#ask = new AskAbout(findUser, snapshots, clock);
    this.#read = new ReadLogins(snapshots, directory, partitionKeys);
    this.#deliver = new DeliverChallenges(gateway, committer);
    this.#mailPin = new MailNewPin(gateway, mailedPins, clock, random);
  }

  /** @throws Unavailable when the directory or the database does not answer: never an acceptance */
  async execute(request: LoginRequest, context: AuditContext): Promise<LoginResult> {
    let configuration = this.configuration.current();
    let enrolled: Token | null = null;
    for (let round = 0; round < START_OVERS; round++) {
      const asked = await this.#ask.execute(request, configuration, context);
      if ('startOverAt' in asked) {
        configuration = await this.configuration.atLeast(asked.startOverAt);
        continue;
      }
      const asOf = configuration;
      const before: Token | null = enrolled;
      const outcome: LoginOutcome = await this.admission.run(subjectKey(asked.subject), (enter) =>
        this.#once(request, asked, asOf, context, enter, before),
      );
      if ('verdict' in outcome) return outcome;
      // Not as one of those who wait: a gateway may be slow.
      if ('deliver' in outcome) {
        const result = await outcome.deliver();
        // One that could not be asked is gone again.
        const stays = result.verdict.kind === 'challenged';
        if (before && asked.user && stays) void this.#mailPin.execute(before, asked.user, asOf, context);
        return result;
      }
      enrolled = outcome.enrolled ?? enrolled;
      // The configuration moved on: user, realm and rules are chosen anew.
      configuration = await this.configuration.atLeast(outcome.startOverAt);
    }
    throw new Unavailable('the login could not be decided: tokens or configuration keep changing');
  }

  async #once(
    request: LoginRequest,
    asked: Asked,
    configuration: ConfigurationSnapshot,
    context: AuditContext,
    enter: Enter,
    enrolled: Token | null,
  ): Promise<LoginOutcome> {
    const read = await this.#read.execute(request, asked, configuration, enter);
    if ('startOverAt' in read) return read;
    const { snapshot, subject, concerned, tokens, user } = read;
    const scene = { client: context.client, time: this.clock.now(), ledBy: asked.ledBy, ...concerned.scene };
    const policies = new LoginPolicies(configuration.policies, scene);
    const devices = new DevicePolicies(configuration.policies, scene);
    const keyPolicies = new KeyPolicies(configuration.policies, scene);
    const attempt = attemptOf(request, read, {
      configuration,
      policies,
      devices,
      keyPolicies,
      limits: this.limits,
      random: this.random,
      deliverySeconds: this.#deliver.seconds,
      enrolled,
    });
    if (subject.kind === 'nobody') matchesPin(NOBODYS_PIN, request.password ?? '');
    const isPart = read.isByTransaction || subject.kind === 'token';
    const purgesRollouts = policies.purgesRollouts();
    const beside =
      purgesRollouts && isPart ? await rolloutsBeside(tokens, concerned.scene.realm, this.snapshots) : [];
    const guesses = this.#guessesOf(request, read, configuration, context);
    const outside = this.#outsideOf(request, read, configuration, attempt, guesses);
    const decide: Decide = (all, now, challenges) => {
      const decided =
        read.refused ??
        decideLogin(
          amongst(all, tokens),
          attempt,
          now,
          outside.known,
          challenges,
          amongst(all, read.targets),
        );
      if ('question' in decided) return decided;
      const theirs = purgesRollouts ? amongst(all, [...tokens, ...beside]) : [];
      const purging = purgesRollouts ? withRolloutsPurged(decided, theirs) : decided;
      const reporting = withReports(purging, configuration.policies);
      return request.confirms ? tellingConfirmation(reporting, request.confirms) : reporting;
    };
    const held = heldBy(read, beside);
    const decision = await outside.decided(() => decide(held, snapshot.now, snapshot.challenges));
    const commit: LoginCommit = {
      context: withSubject(context, subject.kind === 'token' ? user : namedIn(subject)),
      tokens: held,
      root: read.root,
      challenges: snapshot.challenges,
      looksAtOpen: read.looksAtOpen,
      now: snapshot.now,
      decision,
      decideAgain: (found, now, challenges) => {
        if (isOutdated(read, found, held)) return null;
        const again = decide(found, now, challenges);
        return 'question' in again || isAssigning(again) || isEnrolling(again) ? null : again;
      },
    };
    const committed = await this.#committed(commit, asked.user, configuration, context);
    if (committed === 'start-over') return { startOverAt: configuration.version };
    if ('enrolled' in committed) return { startOverAt: configuration.version, ...committed };
    if (committed.verdict.kind === 'accepted') await guesses.letIn(isAssigning(decision));
    const tell = (decided: LoginDecision) =>
      resultOf(decided, request, read, configuration, { policies, devices }, this.directory);
    return this.#sent(committed, tell, {
      context: commit.context,
      configuration,
      policies: new MessagePolicies(configuration.policies, scene),
      askedText: request.messageText,
      wantsSms: request.wantsSms ?? false,
      enrolled,
      now: snapshot.now,
      recordOf: async ({ token }) =>
        concerned.holder?.record ?? (await userOf(token, configuration, this.directory))?.record ?? null,
    });
  }

  #guessesOf(
    { network }: LoginRequest,
    { concerned: { holder } }: ReadLogin,
    configuration: ConfigurationSnapshot,
    { client }: AuditContext,
  ): PasswordGuesses {
    return new PasswordGuesses(this.throttle, holder, { client, network }, (password) =>
      hasUserPassword(holder, password, configuration, this.directory),
    );
  }

  #outsideOf(
    request: LoginRequest,
    { snapshot }: ReadLogin,
    { settings }: ConfigurationSnapshot,
    attempt: LoginAttempt,
    guesses: PasswordGuesses,
  ): OutsideAnswers {
    return new OutsideAnswers(
      this.passwords,
      guesses,
      this.remote,
      request.forwarded ?? NO_OPTIONS,
      (check) => this.servers.ask(check, settings.servers),
      (question) =>
        question.kind === 'unassigned-remote'
          ? this.unassignedRemote.execute(question, settings.servers)
          : this.unassigned.execute(question, (token) => shownOtp(token, question, attempt), snapshot.now),
      this.keys,
    );
  }

  async #committed(
    commit: LoginCommit,
    user: RealmUser | undefined,
    configuration: ConfigurationSnapshot,
    context: AuditContext,
  ): Promise<LoginDecision | { readonly enrolled: Token } | 'start-over'> {
    const { decision } = commit;
    const giving = [user, configuration, commit] as const;
    if (isAssigning(decision)) {
      return commitAssignment(decision, ...giving, this.assigning, this.committer);
    }
    if (isEnrolling(decision)) {
      return commitEnrolment(decision, ...giving, this.enrolling, this.committer);
    }
    return metNoToken(decision)
      ? this.misses.record(context, () => this.committer.commit(commit), decision)
      : this.committer.commit(commit);
  }

  /** What a login comes to whose messages, if it left any, are still to be sent. */
  async #sent(
    committed: LoginDecision,
    tell: (decided: LoginDecision) => Promise<LoginResult>,
    login: Omit<SendingLogin, 'sendings'>,
  ): Promise<LoginOutcome> {
    const sendings = sendingsOf(committed);
    if (sendings.length === 0) return tell(committed);
    const { verdict } = committed;
    if (verdict.kind === 'challenged') {
      return { deliver: async () => tell(await this.#deliver.execute({ ...login, sendings }, verdict)) };
    }
    // What the client wants a message to say is for a challenge alone.
    void this.#deliver.followUp({ ...login, sendings, askedText: '' });
    return tell(committed);
  }
}
