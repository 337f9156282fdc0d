import type { PolicySubject } from '../subject.js';
import { attributeTest } from './attribute-test.js';
import { type Condition, type ConditionMatch, NO_MATCH, type Precision, listEntries } from './condition.js';
import { type LoginKey, loginKeyOf } from './login-key.js';
import { type Expression, realmExpression, wholeExpression } from './expression.js';

/** Whether a user expression matches, and how precisely. */
type UserTest = (subject: PolicySubject) => Precision | null;

interface UserEntry {
  readonly test: UserTest;
  readonly isNegated: boolean;
  readonly answers: Readonly<Record<Precision, ConditionMatch>>;
  readonly refusal: ConditionMatch;
}

const RANK: Readonly<Record<Precision, number>> = { exact: 0, regex: 1, wildcard: 2 };

/** A comma list of user expressions (spec/policies §4.3). */
export class UserCondition implements Condition<PolicySubject> {
  static readonly NEVER = new UserCondition([], []);

  private constructor(
    private readonly entries: readonly UserEntry[],
    /** What every login that matches ends or starts with one of; `null`: any login may match. */
    readonly loginKeys: readonly LoginKey[] | null,
  ) {}

  /** @throws MalformedCondition when one of the expressions cannot be read */
  static parse(text: string): UserCondition {
    const entries = listEntries(text, ',');
    const keys = entries.filter(({ isNegated }) => !isNegated).map((entry) => keyOf(entry.text));
    return new UserCondition(
      entries.map(({ text: expression, written, isNegated }) => ({
        test: userTest(expression, isNegated),
        isNegated,
        answers: {
          exact: { precision: 'exact', entry: written },
          regex: { precision: 'regex', entry: written },
          wildcard: { precision: 'wildcard', entry: written },
        },
        refusal: { precision: null, entry: written },
      })),
      keys.every((key) => key !== null) ? keys : null,
    );
  }

  match(subject: PolicySubject): ConditionMatch {
    let best = NO_MATCH;
    const { whole = subject } = subject;
    for (const entry of this.entries) {
      const precision = entry.test(entry.isNegated ? whole : subject);
      if (precision === null) continue;
      if (entry.isNegated) return entry.refusal;
      if (best.precision === null || RANK[precision] < RANK[best.precision]) best = entry.answers[precision];
    }
    return best;
  }
}

/** By what part of it a login is compared with. */
function keyOf(expression: string): LoginKey | null {
  const hash = expression.indexOf('#');
  if (hash >= 0) return hash === 0 ? null : keyOf(expression.slice(0, hash).trim());
  if (isResolverForm(expression)) {
    const dot = expression.lastIndexOf('.');
    return dot < 0 ? null : loginKeyOf(expression.slice(0, dot));
  }
  const at = expression.lastIndexOf('@');
  return loginKeyOf(at < 0 ? expression : expression.slice(0, at));
}

function isResolverForm(expression: string): boolean {
  return expression.length > 1 && expression.endsWith(':');
}

/** @param isUnknownMet whether it holds for a user of whom nothing is known: who is excluded by something may well be that */
function userTest(expression: string, isUnknownMet = false): UserTest {
  if (expression === '*') return () => 'wildcard';
  const hash = expression.indexOf('#');
  if (hash >= 0) {
    const attribute = attributeTest(expression.slice(hash + 1));
    const user = expression.slice(0, hash).trim();
    const ofUser: UserTest = user === '' ? () => 'wildcard' : userTest(user);
    return (subject) => {
      const isMet = subject.attributes === null ? isUnknownMet : attribute(subject.attributes);
      return isMet && ofUser(subject) !== null ? 'regex' : null;
    };
  }
  if (isResolverForm(expression)) return resolverTest(expression);
  const at = expression.lastIndexOf('@');
  if (at >= 0) return realmTest(expression, at);
  const login = wholeExpression(expression);
  return (subject) => (subject.login === expression ? 'exact' : regexIf(login, subject.login));
}

/** `resolver:` and `login.resolver:` */
function resolverTest(expression: string): UserTest {
  const name = expression.slice(0, -1);
  const dot = name.lastIndexOf('.');
  if (dot < 0) return (subject) => (subject.resolvers.includes(name) ? 'regex' : null);
  const written = name.slice(0, dot);
  const resolver = name.slice(dot + 1);
  const login = wholeExpression(written);
  return (subject) => {
    if (!subject.resolvers.includes(resolver)) return null;
    return subject.login === written ? 'exact' : regexIf(login, subject.login);
  };
}

/** `login@realm`, of which both parts are expressions. */
function realmTest(expression: string, at: number): UserTest {
  const login = wholeExpression(expression.slice(0, at));
  const realm = realmExpression(expression.slice(at + 1));
  return (subject) => {
    const [ofLogin, ofRealm] = loginAndRealm(subject);
    if (ofRealm === '') return null;
    if (expression === `${ofLogin}@${ofRealm}`) return 'exact';
    return realm.test(ofRealm) ? regexIf(login, ofLogin) : null;
  };
}

/** Of a login alone, the part after its last `@` counts as the realm. */
function loginAndRealm({ login, realm }: PolicySubject): readonly [string, string] {
  if (realm !== '') return [login, realm];
  const at = login.lastIndexOf('@');
  return at < 0 ? [login, ''] : [login.slice(0, at), login.slice(at + 1)];
}

function regexIf(expression: Expression, text: string): Precision | null {
  return expression.test(text) ? 'regex' : null;
}
