import { POLICY_SCOPES } from '../catalogue/action-catalogue.js';
import { FREE_SCOPES } from './action-values.js';
import { UnfitWord } from './validation.errors.js';

const SCOPES: ReadonlySet<string> = new Set([...POLICY_SCOPES, ...FREE_SCOPES]);

/**
 * Whether `active` says yes or no, and the scope is not one in another case: LinOTP stores such a policy, and it never
 * holds.
 *
 * @throws UnfitWord naming the parameter and the policy
 */
export function checkWords({
  name,
  scope,
  active,
}: {
  readonly name: string;
  readonly scope: string;
  /** Absent, empty and LinOTP's `None`: nothing is said. */
  readonly active: string | null;
}): void {
  const meant = scope.trim().toLowerCase();
  if (!SCOPES.has(scope) && SCOPES.has(meant)) {
    throw new UnfitWord('scope', `Parameter scope of policy '${name}': there is no '${scope}', but ${meant}`);
  }
  if (active !== null && !/^(true|false|none)?$/i.test(active)) {
    throw new UnfitWord('active', `Parameter active of policy '${name}': is neither True nor False`);
  }
}
