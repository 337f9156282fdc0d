import type { Precision } from './conditions/condition.js';
import type { Policy } from './policy.js';
import type { ActionValue } from './policy-value.js';

/** Why a query is answered as it is. */
export interface PolicyExplanation {
  /**
   * Whether any policy of the scope is active; where none is, each scope has its own default (spec/policies §2). For
   * `authorize`: whether any has it.
   */
  readonly isScopeInUse: boolean;
  /** Every policy of the scope, in order of name. */
  readonly policies: readonly ExplainedPolicy[];
  /** Whether the action is granted; `null`: none was asked about. */
  readonly grants: boolean | null;
  /** The action's value; `undefined`: no policy gives one, or no action was asked about. */
  readonly value: ActionValue | undefined;
  /** Names of the policies that decided: the one that gives the value, those that grant, or the one that refuses. */
  readonly decidedBy: readonly string[];
}

export interface ExplainedPolicy {
  readonly policy: Policy;
  /**
   * `inactive`, `broken` (something in it cannot be read; a restriction refuses for that: `decided`), `unmatched` (a condition does not match), `outranked` (another
   * policy is more specific), `chosen` (matches, but does not decide) or `decided`.
   */
  readonly outcome: 'inactive' | 'broken' | 'unmatched' | 'outranked' | 'chosen' | 'decided';
  readonly matches: boolean;
  readonly conditions: readonly ExplainedCondition[];
  /** What cannot be read. */
  readonly problems: readonly string[];
}

export interface ExplainedCondition {
  readonly condition: 'action' | 'realm' | 'user' | 'client' | 'time';
  /** As the policy has it. */
  readonly text: string;
  /** `false`: the query does not ask about it, so it filters nothing. */
  readonly isAsked: boolean;
  readonly matches: boolean;
  /** How precisely; `null` where it does not match, or was not asked. */
  readonly precision: Precision | null;
  /** The entry that decided: that matched or that excluded; `null`: none of them matches. */
  readonly entry: string | null;
  /** The same as a sentence. */
  readonly reason: string;
}
