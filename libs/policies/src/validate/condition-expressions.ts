import { ClientCondition } from '../conditions/client-condition.js';
import { listEntries } from '../conditions/condition.js';
import { TimeCondition } from '../conditions/time-condition.js';
import { UserCondition } from '../conditions/user-condition.js';
import { MalformedCondition } from '../policy.errors.js';
import type { Policy } from '../policy.js';

type ConditionName = 'realm' | 'user' | 'client' | 'time';

const REALM = /^[A-Za-z0-9_.-]+$/;
const TIME_FIELD = /^(\*(\/[1-9]\d*)?|\d+(-\d+)?)(,(\*(\/[1-9]\d*)?|\d+(-\d+)?))*$/;

const READERS: Readonly<Record<ConditionName, (text: string) => void>> = {
  realm: readRealms,
  user: (text) => void UserCondition.parse(text),
  client: (text) => void ClientCondition.parse(text),
  time: readTimes,
};

/**
 * Whether what a policy says about realms, users, clients and times can be read; LinOTP finds out when it is asked.
 *
 * @param policy normalised
 * @throws MalformedCondition naming the parameter and the policy
 */
export function checkConditions(policy: Policy): void {
  for (const name of ['realm', 'user', 'client', 'time'] as const) {
    try {
      READERS[name](policy[name]);
    } catch (error) {
      if (!(error instanceof MalformedCondition)) throw error;
      const reason = error.cause instanceof Error ? ` (${error.cause.message})` : '';
      throw new MalformedCondition(
        name,
        `Parameter ${name} of policy '${policy.name}': ${error.message}${reason}`,
        { cause: error },
      );
    }
  }
}

/** In part of a name `*` means nothing here. */
function readRealms(text: string): void {
  for (const { text: realm } of listEntries(text, ',')) {
    if (realm === '*' || REALM.test(realm)) continue;
    throw new MalformedCondition('realm', `'${realm}' is neither the name of a realm nor *`);
  }
}

/** What LinOTP stores and never matches is refused: names of days, a base before `/`, nothing at all. */
function readTimes(text: string): void {
  TimeCondition.parse(text);
  for (const { text: expression } of listEntries(text, ';')) {
    const odd = expression.split(/\s+/).find((field) => !TIME_FIELD.test(field));
    if (odd === undefined) continue;
    throw new MalformedCondition(
      'time',
      `'${odd}' in '${expression}' is neither * nor */n nor numbers and ranges of them`,
    );
  }
}
