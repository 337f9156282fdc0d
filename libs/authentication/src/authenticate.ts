import type { AuditContext } from '@app/audit';
import { type Clock, type RandomSource, Secret, Unavailable } from '@app/kernel';
import {
  type Configuration,
  type ConfigurationSnapshot,
  type FindUser,
  type LoginThrottle,
  type MessageGateway,
  type UserDirectory,
} from '@app/realms';
import {
  type AssignAtLogin,
  type EnrolAtLogin,
  type FindUnassignedToken,
  type PasswordHasher,
  type Token,
  matchesPin,
  tokenType,
} from '@app/tokens';

import { AskAbout, type Asked } from './asked.js';
import { askedByTransaction } from './challenges/asked-by-transaction.js';
import { drawTransactionId } from './challenges/challenge.js';
import { commitAssignment, isAssigning } from './assignment/commit-assignment.js';
import type { FindUnassignedRemote } from './assignment/find-unassigned-remote.js';
import { shownOtp } from './assignment/shown-otp.js';
import { commitEnrolment, isEnrolling } from './enrolment/commit-enrolment.js';
import { decideLogin } from './decide/decide-login.js';
import { targetSerials } from './decide/forwarded-token.js';
import { withReports } from './decide/due-reports.js';
import { tellingConfirmation } from './decide/tell-record.js';
import { DeliverChallenges, sendingsOf } from './deliver/deliver-challenges.js';
import { MessagePolicies } from './deliver/message-policies.js';
import { ANYWHERE, type GuessLimits } from './guessing/guess-limits.js';
import { type MissBudget, metNoToken } from './guessing/miss-budget.js';
import type { Enter, LoginAdmission } from './login-admission.js';
import type { RemoteAuthentication } from './elsewhere/remote-authentication.js';
import type { TokenServers } from './elsewhere/token-servers.js';
import { subjectKey, tokenKeys } from './login-keys.js';
import { type Decide, OutsideAnswers } from './outside-answers.js';
import { LoginPolicies } from './policies/login-policies.js';
import {
  areUnchanged,
  concernedOwner,
  concernedToken,
  hasUserPassword,
  recipientsOf,
  userOf,
} from './login-scene.js';
import type { LoginRequest } from './login-request.js';
import { type LoginOutcome, type LoginResult, reportOf, triedToken } from './login-report.js';
import type { LoginAttempt, LoginDecision } from './login.js';
import { PasswordGuesses } from './password-guesses.js';
import type { LoginCommit, LoginCommitter, LoginSnapshots } from './ports.js';
import { namedIn, withSubject } from './recorded-login.js';
import { rolloutsBeside, withRolloutsPurged } from './rollout-tokens.js';

const START_OVERS = 5;
const NO_OPTIONS = () => new Map<string, string>();
// A verifier that nothing matches: unknown users cost the same PIN check as known ones.
const NOBODYS_PIN = Secret.of(Buffer.concat([Buffer.of(1), Buffer.alloc(48)]));

/** Of the tokens as they are now, those that were read as these. */
function amongst(all: readonly Token[], read: readonly Token[]): readonly Token[] {
  return read.length === 0 ? [] : all.filter(({ id }) => read.some((token) => token.id === id));
}

/** One login, from the request to its durable verdict. */
export class Authenticate {
  readonly #ask: AskAbout;
  readonly #deliver: DeliverChallenges;

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
    private readonly clock: Clock,
    private readonly random: RandomSource,
    gateway: MessageGateway,
  ) {
    this.#ask = new AskAbout(findUser, snapshots, clock);
    this.#deliver = new DeliverChallenges(gateway, committer);
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
      if ('deliver' in outcome) return outcome.deliver();
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
    const { transaction } = request;
    const root = transaction === 'unknown' ? null : (transaction?.root ?? null);
    const loaded = await this.snapshots.load({ ...asked.selection, ...(root !== null && { root }) });
    // A second read for those alone who have such a token.
    const serials = targetSerials(loaded.tokens);
    const targets = serials.length === 0 ? [] : (await this.snapshots.load({ serials })).tokens;
    const hasSent = [...loaded.tokens, ...targets].some(({ type }) => tokenType(type).challenge?.sends);
    const looksAtOpen = hasSent && transaction === null;
    const snapshot = looksAtOpen ? await this.snapshots.load({ ...asked.selection, withOpen: true }) : loaded;
    if (snapshot.configurationVersion > configuration.version) {
      return { startOverAt: snapshot.configurationVersion };
    }
    // Who seems to have no token might be let in for it.
    if (asked.unanswered.length > 0 && snapshot.tokens.length === 0) {
      throw new Unavailable(`resolver ${asked.unanswered.join(', ')} does not answer`);
    }
    const { settings } = configuration;
    const isByDevice = request.by.kind === 'device';
    const own = request.by.kind === 'own' ? request.by.as : undefined;
    const asker =
      request.by.kind === 'transaction'
        ? await askedByTransaction(snapshot, transaction, configuration, this.directory)
        : null;
    const subject = asker?.subject ?? asked.subject;
    const tokens = asker?.tokens ?? snapshot.tokens;
    enter(tokenKeys([...tokens, ...targets]));
    const goesByOwner =
      asker !== null ||
      (subject.kind === 'token' &&
        (isByDevice ||
          LoginPolicies.concern(configuration.policies) ||
          (hasSent && MessagePolicies.concern(configuration.policies))));
    const concerned =
      asker?.concerned ??
      asked.concerned ??
      (goesByOwner
        ? await concernedOwner(tokens, configuration, this.directory)
        : concernedToken(tokens, configuration));
    const [named] = tokens;
    const user = isByDevice ? await userOf(named, configuration, this.directory) : null;
    const scene = {
      ...concerned.scene,
      client: context.client,
      time: this.clock.now(),
      ledBy: asked.ledBy,
    };
    const policies = new LoginPolicies(configuration.policies, scene);
    const attempt: LoginAttempt = {
      subject,
      password: request.password,
      isSigned: request.confirms !== undefined,
      typeLabel: request.typeLabel,
      path: request.path,
      accessTimeFormat: settings.accessTimeFormat,
      prependPin: settings.prependPin,
      resetsFailures: settings.resetsFailures,
      autoResyncSeconds: settings.autoResyncSeconds,
      policies,
      needsAuthorization: asker ? subject.kind === 'user' : request.needsAuthorization,
      transaction,
      challenging: {
        id:
          hasSent || own || LoginPolicies.mayChallenge(configuration.policies)
            ? drawTransactionId(this.random, settings.challenges.idLength)
            : '',
        realm: concerned.scene.realm.toLowerCase(),
        settings: settings.challenges,
        hasText: request.hasText,
        drawn: hasSent ? Buffer.from(this.random.bytes(8)).readBigUInt64BE() : 0n,
        deliverySeconds: this.#deliver.seconds,
        mayOmitPin: request.mayOmitPin,
        wantsSms: request.wantsSms ?? false,
      },
      guessing: { limits: this.limits, origin: request.network ?? ANYWHERE },
      acceptsUnknownUsers: settings.acceptsUnknownUsers,
      acceptsUsersWithoutToken: settings.acceptsUsersWithoutToken,
      hasOtherTokens: snapshot.hasOtherTokens,
      recipients: recipientsOf(concerned.holder),
      enrolled,
      mayBeForwarded: request.forwarded !== undefined,
      hops: request.hops ?? 0,
      ...(own && { own }),
    };
    if (subject.kind === 'nobody') matchesPin(NOBODYS_PIN, request.password ?? '');
    const purgesRollouts = policies.purgesRollouts();
    const isPart = asker !== null || subject.kind === 'token';
    const beside =
      purgesRollouts && isPart ? await rolloutsBeside(tokens, concerned.scene.realm, this.snapshots) : [];
    const theirs = [...tokens, ...beside];
    const held = [...theirs, ...targets.filter(({ id }) => theirs.every((token) => token.id !== id))];
    const from = { client: context.client, network: request.network };
    const guesses = new PasswordGuesses(this.throttle, concerned.holder, from, (password) =>
      hasUserPassword(concerned.holder, password, configuration, this.directory),
    );
    const outside = new OutsideAnswers(
      this.passwords,
      guesses,
      this.remote,
      request.forwarded ?? NO_OPTIONS,
      (check) => this.servers.ask(check, settings.servers),
      (question) =>
        question.kind === 'unassigned-remote'
          ? this.unassignedRemote.execute(question, settings.servers)
          : this.unassigned.execute(question, (token) => shownOtp(token, question, attempt), snapshot.now),
    );
    const decide: Decide = (all, now, challenges) => {
      const candidates = amongst(all, tokens);
      const found = amongst(all, targets);
      const decided =
        asker?.refused ?? decideLogin(candidates, attempt, now, outside.known, challenges, found);
      if ('question' in decided) return decided;
      const purging = purgesRollouts ? withRolloutsPurged(decided, amongst(all, theirs)) : decided;
      const reporting = withReports(purging, configuration.policies);
      return request.confirms ? tellingConfirmation(reporting, request.confirms) : reporting;
    };
    const decision = await outside.decided(() => decide(held, snapshot.now, snapshot.challenges));
    const recorded = withSubject(context, subject.kind === 'token' ? user : namedIn(subject));
    const commit: LoginCommit = {
      context: recorded,
      tokens: held,
      root,
      challenges: snapshot.challenges,
      looksAtOpen,
      now: snapshot.now,
      decision,
      decideAgain: (found, now, challenges) => {
        // Whose token it is, and in which realms, may have changed: so may what the policies say about it.
        if (goesByOwner && !areUnchanged(found, held)) return null;
        // A forward token has another target by now.
        if (targetSerials(found).some((serial) => !serials.includes(serial))) return null;
        const again = decide(found, now, challenges);
        return 'question' in again || isAssigning(again) || isEnrolling(again) ? null : again;
      },
    };
    const giving = [asked.user, configuration, commit] as const;
    const committed = isAssigning(decision)
      ? await commitAssignment(decision, ...giving, this.assigning, this.committer)
      : isEnrolling(decision)
        ? await commitEnrolment(decision, ...giving, this.enrolling, this.committer)
        : metNoToken(decision)
          ? await this.misses.record(context, () => this.committer.commit(commit), decision)
          : await this.committer.commit(commit);
    if (committed === 'start-over') return { startOverAt: configuration.version };
    if ('enrolled' in committed) return { startOverAt: configuration.version, ...committed };
    if (committed.verdict.kind === 'accepted') await guesses.letIn(isAssigning(decision));
    const resultOf = async (decided: LoginDecision): Promise<LoginResult> => {
      const { verdict, facts } = decided;
      const detail = facts.detail ?? '';
      const isToldAsFailed = request.isToldAsFailed ?? false;
      const isTold = policies.tellsDetail(verdict.kind === 'accepted' && !isToldAsFailed);
      const token = verdict.kind === 'accepted' ? verdict.token : null;
      // The directory may have gone away since: who logged in has logged in all the same.
      const owner =
        !isByDevice || !token || token.id === named?.id
          ? user
          : await userOf(token, configuration, this.directory).catch(() => null);
      return {
        verdict,
        detail,
        told: isTold
          ? reportOf(verdict, detail, subject, { ...concerned, owner }, configuration, isToldAsFailed)
          : null,
        record: concerned.holder?.record ?? null,
        owner,
        tried: triedToken(decided, tokens),
      };
    };
    const sendings = sendingsOf(committed);
    if (sendings.length === 0) return resultOf(committed);
    const { verdict } = committed;
    const sending = {
      sendings,
      context: recorded,
      configuration,
      policies: new MessagePolicies(configuration.policies, scene),
      askedText: verdict.kind === 'challenged' ? request.messageText : '',
      wantsSms: request.wantsSms ?? false,
      enrolled,
      now: snapshot.now,
      recordOf: async ({ token }: { readonly token: Token }) =>
        concerned.holder?.record ?? (await userOf(token, configuration, this.directory))?.record ?? null,
    };
    if (verdict.kind !== 'challenged') {
      void this.#deliver.followUp(sending);
      return resultOf(committed);
    }
    const deliver = async () => resultOf(await this.#deliver.execute(sending, verdict));
    return { deliver };
  }
}
