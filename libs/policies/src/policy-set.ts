import type { Policy, StoredPolicy } from './policy.js';
import type { ActionValue } from './policy-value.js';
import type { PolicySubject } from './subject.js';

/** What is asked of the policies; what is absent filters nothing (spec/policies §4.1). */
export interface PolicyQuery {
  readonly scope: string;
  readonly action?: string;
  readonly realm?: string;
  readonly subject?: PolicySubject;
  /** The client's address. In scopes where an empty client condition matches nobody for LinOTP, which never asks there
   *  (system, audit, tools …), it restricts nothing. */
  readonly client?: string;
  /** Absent: the time condition is not looked at. */
  readonly time?: Date;
}

/** All policies of one version of the configuration, compiled once. */
export abstract class PolicySet {
  /** In order of name, inactive ones too. */
  abstract readonly all: readonly Policy[];
  /** Whether the scope is in use: some policy of it is active, whatever its conditions. */
  abstract hasActive(scope: string): boolean;
  /** The active policies that match, the most specific ones, in order of name. */
  abstract matching(query: PolicyQuery): readonly Policy[];
  /** As `matching`, but without the choice of the most specific ones. */
  abstract matchingAll(query: PolicyQuery): readonly Policy[];
  /**
   * Those of `matching` that grant the action: by name or by `*`; `!x` and `x=false` grant nothing. Without an action:
   * those that grant anything at all.
   */
  abstract granting(query: PolicyQuery): readonly Policy[];
  /** Whether a matching policy grants the action: by name or by `*`; `!x` and `x=false` grant nothing. */
  abstract grants(query: PolicyQuery & { readonly action: string }): boolean;
  /** The action's value in the first matching policy that has one; `undefined`: none says anything. `*` never does. */
  abstract value(query: PolicyQuery & { readonly action: string }): ActionValue | undefined;
}
