import { type ActionList, parseActionList } from './action-list.js';
import type { ClientAddress } from './conditions/address.js';
import { ClientCondition } from './conditions/client-condition.js';
import { type Condition, NO_MATCH } from './conditions/condition.js';
import type { LoginKey } from './conditions/login-key.js';
import { RealmCondition } from './conditions/realm-condition.js';
import { TimeCondition } from './conditions/time-condition.js';
import { UserCondition } from './conditions/user-condition.js';
import { MalformedActions, MalformedCondition } from './policy.errors.js';
import type { Policy } from './policy.js';
import type { ActionValue } from './policy-value.js';
import type { PolicySubject } from './subject.js';

/** A policy whose texts have been read. */
export interface CompiledPolicy {
  readonly policy: Policy;
  /** Its place in the order of names. */
  readonly rank: number;
  readonly actions: ActionList;
  /** Else `actions` is empty. */
  readonly areActionsRead: boolean;
  readonly realm: RealmCondition;
  readonly user: Condition<PolicySubject>;
  readonly client: Condition<ClientAddress>;
  readonly time: Condition<Date>;
  /** What the logins that match end or start with; `null`: any login may match. */
  readonly loginKeys: readonly LoginKey[] | null;
  /** What cannot be read; with any, the policy matches nobody. */
  readonly problems: readonly string[];
}

const NEVER: Condition<unknown> = { match: () => NO_MATCH };
const NO_ACTIONS: ActionList = new Map();

export function compilePolicy(policy: Policy, rank: number): CompiledPolicy {
  const problems: string[] = [];
  const read = <T>(text: string, parse: (text: string) => T, broken: T): T => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof MalformedActions || error instanceof MalformedCondition)) throw error;
      problems.push(error.message);
      return broken;
    }
  };
  const actions = read(policy.action, parseActionList, NO_ACTIONS);
  const areActionsRead = problems.length === 0;
  const user = read(policy.user, UserCondition.parse, UserCondition.NEVER);
  return {
    policy,
    rank,
    actions,
    areActionsRead,
    realm: RealmCondition.parse(policy.realm),
    user,
    loginKeys: user.loginKeys,
    client: read<Condition<ClientAddress>>(policy.client, ClientCondition.parse, NEVER),
    time: read<Condition<Date>>(policy.time, TimeCondition.parse, NEVER),
    problems,
  };
}

/**
 * The keys of which a policy has to have one. LinOTP reads a name with `=` as an action list; one that cannot be read asks
 * for nothing that any policy has.
 */
export function requestedKeys(action: string): readonly string[] {
  if (!action.includes('=')) return [action];
  try {
    return [...parseActionList(action).keys()];
  } catch (error) {
    if (error instanceof MalformedActions) return [];
    throw error;
  }
}

/** Whether the policy says yes to the action: by its name, else by `*`. Without an action: to any. */
export function isGranting({ actions }: CompiledPolicy, action: string | undefined): boolean {
  if (action === undefined) return [...actions.values()].some((value) => !isNegative(value));
  for (const key of requestedKeys(action)) {
    const value = actions.get(key);
    if (value !== undefined) return !isNegative(value);
  }
  const wildcard = actions.get('*');
  return wildcard !== undefined && !isNegative(wildcard);
}

/** Whether it has the action; of a list that cannot be read, whether the text is in it somewhere. */
export function mayHave({ actions, areActionsRead, policy }: CompiledPolicy, action: string): boolean {
  return areActionsRead ? actions.has(action) : policy.action.includes(action);
}

/** `!x` and `x=false`, and what the actions of type bool take for no besides. */
function isNegative(value: ActionValue): boolean {
  return value === false || (typeof value === 'string' && /^(-1|0+|no)$/i.test(value));
}
