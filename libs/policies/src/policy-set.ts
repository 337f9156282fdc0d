import type { PolicyExplanation } from './policy-explanation.js';
import type { Policy } from './policy.js';
import type { ActionValue } from './policy-value.js';
import type { PolicySubject } from './subject.js';

/**
 * What is asked of the policies; what is absent filters nothing (spec/policies §4.1). An empty text does filter: an empty
 * realm or client is matched by `*` alone.
 */
export interface PolicyQuery {
  readonly scope: string;
  /** By its name; of a name with `=` it is read as an action list, any of whose keys may match. */
  readonly action?: string;
  readonly realm?: string;
  readonly subject?: PolicySubject;
  /** The client's address. */
  readonly client?: string;
  /** Absent: the time condition is not looked at. */
  readonly time?: Date;
  /** A client condition that is empty restricts nothing, instead of matching no client. */
  readonly emptyClientIsAny?: boolean;
}

/**
 * All policies of one version of the configuration, compiled once.
 *
 * A policy with an expression that cannot be read matches nobody; it still counts in `hasActive`, so that a broken
 * policy never opens a scope.
 */
export abstract class PolicySet {
  /** In order of name, inactive ones too. */
  abstract readonly all: readonly Policy[];
  /** What cannot be read of stored policies: by name, one sentence for each part. */
  abstract readonly problems: ReadonlyMap<string, readonly string[]>;
  /** Whether the scope is in use: some policy of it is active, whatever its conditions. */
  abstract hasActive(scope: string): boolean;
  /** Whether some active policy of the scope has the action or `*`, whatever its conditions. */
  abstract hasActiveWith(scope: string, action: string): boolean;
  /** The active policies that match, the most specific ones, in order of name. */
  abstract matching(query: PolicyQuery): readonly Policy[];
  /** As `matching`, but without the choice of the most specific ones. */
  abstract matchingAll(query: PolicyQuery): readonly Policy[];
  /**
   * Those of `matching` that grant the action: by name or by `*`; `!x` and `x=false` grant nothing. Without an action:
   * those that grant anything at all.
   */
  abstract granting(query: PolicyQuery): readonly Policy[];
  /** Whether a matching policy grants the action. */
  abstract grants(query: PolicyQuery & { readonly action: string }): boolean;
  /** The action's value in the first matching policy that has one; `undefined`: none says anything. `*` never does. */
  abstract value(query: PolicyQuery & { readonly action: string }): ActionValue | undefined;
  /** As `value`, with the policy that gives it. */
  abstract valueWithPolicy(query: PolicyQuery & { readonly action: string }): PolicyValue | undefined;
  /**
   * Names of active policies that have the action and, as far as can be read, mean the realm (absent: any), but with
   * something in them that cannot be read: whom they restrict, nobody knows.
   */
  abstract unreadable(query: {
    readonly scope: string;
    readonly action: string;
    readonly realm?: string;
  }): readonly string[];
  /** What an active or inactive policy's action list says; empty where it cannot be read. */
  abstract actionsOf(name: string): ReadonlyMap<string, ActionValue>;
  /** Every policy of the scope, and why it does or does not match. */
  abstract explain(query: PolicyQuery): PolicyExplanation;
}

export interface PolicyValue {
  readonly value: ActionValue;
  readonly policy: Policy;
}
