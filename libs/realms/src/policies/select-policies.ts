import { type Policy, type PolicySet, RealmCondition } from '@app/policies';

/** Which stored policies a listing asks for; what is absent filters nothing. */
export interface PolicySelection {
  readonly name?: string;
  readonly scope?: string;
  /** Of several policies the ones that name it win over those with `*`; so do `''` and `*` themselves, which only `*` matches. */
  readonly realm?: string;
  /** Action lists with it, or with `*`. */
  readonly action?: string;
  /** Policies with just this text among their users, or with `*`: no expression is evaluated. */
  readonly user?: string;
  readonly includesInactive: boolean;
}

/**
 * Policies as they are stored, for those who administer them: no time, no client (spec/policies §10.2). Broken ones are
 * among them.
 */
export function selectPolicies(policies: PolicySet, selection: PolicySelection): readonly Policy[] {
  const { name, scope, action, user, includesInactive } = selection;
  const found = policies.all.filter(
    (policy) =>
      (includesInactive || policy.isActive) &&
      (name === undefined || policy.name === name) &&
      (scope === undefined || policy.scope === scope) &&
      (action === undefined || hasAction(policies, policy, action)),
  );
  const ofRealm = selection.realm === undefined ? found : closestToRealm(found, selection.realm);
  return user === undefined ? ofRealm : ofRealm.filter((policy) => namesUser(policy, user.trim()));
}

function hasAction(policies: PolicySet, { name }: Policy, action: string): boolean {
  const actions = policies.actionsOf(name);
  return actions.has(action) || actions.has('*');
}

function closestToRealm(policies: readonly Policy[], realm: string): readonly Policy[] {
  const withPrecision = policies.map((policy) => ({
    policy,
    precision: RealmCondition.parse(policy.realm).match(realm.toLowerCase()).precision,
  }));
  const exact = withPrecision.filter(({ precision }) => precision === 'exact');
  const chosen = exact.length > 0 ? exact : withPrecision.filter(({ precision }) => precision === 'wildcard');
  return chosen.map(({ policy }) => policy);
}

// Entries are not stripped: LinOTP compares them as they stand.
function namesUser({ user }: Policy, name: string): boolean {
  const entries = user.split(',');
  return entries.includes(name) || entries.includes('*');
}
