import type { AuditContext } from '@app/audit';
import { Secret, Unavailable } from '@app/kernel';
import type { Configuration, ConfigurationSnapshot, FindUser, LoginName } from '@app/realms';
import { type PasswordHasher, type Token, matchesPin } from '@app/tokens';

import { decideLogin } from './decide-login.js';
import { LoginAdmission } from './login-admission.js';
import type { LoginAttempt, LoginDecision, LoginQuestion, LoginSubject, Verdict } from './login.js';
import type { LoginCommitter, LoginSelection, LoginSnapshot, LoginSnapshots } from './ports.js';

/** What a login request says. */
export interface LoginRequest {
  /** A token by serial, without a user; or a user, whose token may be narrowed by serial. */
  readonly by:
    | { readonly kind: 'serial'; readonly serial: string }
    | {
        readonly kind: 'user';
        readonly name: (configuration: ConfigurationSnapshot) => LoginName;
        readonly serial: string | null;
        readonly onlyToken: boolean;
      };
  readonly password: string | null;
  readonly typeLabel: string | null;
}

export interface LoginResult {
  readonly verdict: Verdict;
  /** What the record says happened: for clients that are allowed to see it. */
  readonly detail: string;
}

const START_OVERS = 5;
const NO_TOKENS: LoginSelection = { owner: { references: [], realm: '' } };
// A verifier that nothing matches: unknown users cost the same PIN check as known ones.
const NOBODYS_PIN = Secret.of(Buffer.concat([Buffer.of(1), Buffer.alloc(48)]));

/** One login, from the request to its durable verdict. */
export class Authenticate {
  readonly #admission = new LoginAdmission();

  constructor(
    private readonly configuration: Configuration,
    private readonly findUser: FindUser,
    private readonly snapshots: LoginSnapshots,
    private readonly committer: LoginCommitter,
    private readonly passwords: PasswordHasher,
  ) {}

  /** @throws Unavailable when the directory or the database does not answer: never an acceptance */
  async execute(request: LoginRequest, context: AuditContext): Promise<LoginResult> {
    let configuration = this.configuration.current();
    for (let round = 0; round < START_OVERS; round++) {
      const subject = await this.#subjectOrNewer(request, configuration);
      if ('startOverAt' in subject) {
        configuration = await this.configuration.atLeast(subject.startOverAt);
        continue;
      }
      const outcome = await this.#admission.run(subjectKey(subject), () =>
        this.#once(request, subject, configuration, context),
      );
      if ('verdict' in outcome) return outcome;
      // The configuration moved on: user, realm and rules are chosen anew.
      configuration = await this.configuration.atLeast(outcome.startOverAt);
    }
    throw new Unavailable('the login could not be decided: tokens or configuration keep changing');
  }

  async #once(
    request: LoginRequest,
    subject: LoginSubject,
    configuration: ConfigurationSnapshot,
    context: AuditContext,
  ): Promise<LoginResult | { startOverAt: number }> {
    const snapshot = await this.snapshots.load(selectionOf(subject));
    if (snapshot.configurationVersion > configuration.version) {
      return { startOverAt: snapshot.configurationVersion };
    }
    const attempt: LoginAttempt = {
      subject,
      password: request.password,
      typeLabel: request.typeLabel,
      prependPin: configuration.settings.prependPin,
      resetsFailures: configuration.settings.resetsFailures,
    };
    if (subject.kind === 'nobody') matchesPin(NOBODYS_PIN, request.password ?? '');
    const answered = new Map<string, boolean>();
    const decide = (tokens: readonly Token[], now: Date) =>
      decideLogin(tokens, attempt, now, (question) => answered.get(keyOf(question)));

    const decision = await this.#answered(snapshot, decide, answered);
    const committed = await this.committer.commit({
      context: withSubject(context, subject),
      tokens: snapshot.tokens,
      now: snapshot.now,
      decision,
      decideAgain: (tokens, now) => {
        const again = decide(tokens, now);
        return 'question' in again ? null : again;
      },
    });
    if (committed === 'start-over') return { startOverAt: configuration.version };
    return { verdict: committed.verdict, detail: committed.facts.detail ?? '' };
  }

  /** Decides, asking outside as often as the decision needs; no connection is held meanwhile. */
  async #answered(
    snapshot: LoginSnapshot,
    decide: (tokens: readonly Token[], now: Date) => LoginDecision | { question: LoginQuestion },
    answered: Map<string, boolean>,
  ): Promise<LoginDecision> {
    for (;;) {
      const decision = decide(snapshot.tokens, snapshot.now);
      if (!('question' in decision)) return decision;
      const { question } = decision;
      answered.set(keyOf(question), await this.passwords.verify(question.hash, question.candidate));
    }
  }

  /**
   * A directory that does not answer may be one that the newest configuration no longer asks: nothing else would tell this
   * node so, as long as every login fails before it loads tokens.
   */
  async #subjectOrNewer(
    request: LoginRequest,
    configuration: ConfigurationSnapshot,
  ): Promise<LoginSubject | { startOverAt: number }> {
    try {
      return await this.#subject(request, configuration);
    } catch (error) {
      const { configurationVersion } = await this.snapshots.load(NO_TOKENS);
      if (configurationVersion > configuration.version) return { startOverAt: configurationVersion };
      throw error;
    }
  }

  async #subject(request: LoginRequest, configuration: ConfigurationSnapshot): Promise<LoginSubject> {
    const { by } = request;
    if (by.kind === 'serial') return { kind: 'token', serial: by.serial };
    const name = by.name(configuration);
    if (name.login === '') return { kind: 'nobody', login: '', realm: name.realm };
    const found = await this.findUser.execute(name, configuration);
    if (found.kind !== 'found') return { kind: 'nobody', login: found.login, realm: found.realm };
    const { user } = found;
    const references =
      name.resolver === ''
        ? user.references
        : user.references.filter((reference) => reference.resolver === name.resolver);
    return {
      kind: 'user',
      login: user.login,
      realm: user.realm,
      owner: { references, realm: user.realm },
      serial: by.serial,
      onlyToken: by.onlyToken,
    };
  }
}

function selectionOf(subject: LoginSubject): LoginSelection {
  switch (subject.kind) {
    case 'token':
      return { serial: subject.serial };
    case 'user':
      return { owner: subject.owner };
    case 'nobody':
      return NO_TOKENS;
  }
}

function subjectKey(subject: LoginSubject): string {
  switch (subject.kind) {
    case 'token':
      return `s\0${subject.serial}`;
    case 'user': {
      const reference = subject.owner.references[0];
      return `u\0${reference?.resolver ?? ''}\0${reference?.userId ?? subject.login}`;
    }
    case 'nobody':
      return `n\0${subject.realm}\0${subject.login}`;
  }
}

function withSubject(context: AuditContext, subject: LoginSubject): AuditContext {
  return subject.kind === 'token' ? context : { ...context, user: subject.login, realm: subject.realm };
}

function keyOf(question: LoginQuestion): string {
  return `${question.hash}\0${question.candidate}`;
}
