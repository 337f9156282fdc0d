import {
  type AdministratorAtWork,
  MalformedActions,
  type StoredPolicy,
  UnfitAction,
  checkConditions,
  checkWords,
  normalisePolicy,
  refuseLockout,
  validatePolicy,
} from '@app/policies';

import type { ConfigurationSnapshot } from '../configuration.js';
import { withMaskedSecrets } from './forward-servers.js';
import { TooManyPolicies, UnfitPolicy } from './policies.errors.js';

const LONGEST_NAME = 255;
const LONGEST_TEXT = 20_000;
const MOST_POLICIES = 5_000;
const VALIDATION = 'policy_action_validation';

export interface PolicyChange {
  readonly saved?: readonly StoredPolicy[];
  readonly removed?: readonly string[];
  /** Who must still be able to change policies afterwards; `'enforced'`: nobody. */
  readonly lockout: AdministratorAtWork | 'enforced';
}

/**
 * Whether policies may become what they are to be (spec/policies §10.1).
 *
 * @returns what the administrator should know of policies that are stored all the same
 * @throws PotentialLockout, Invalid, TooManyPolicies
 */
export function checkChange(
  { policies, entries }: ConfigurationSnapshot,
  { saved = [], removed = [], lockout }: PolicyChange,
): readonly string[] {
  for (const policy of saved) checkBounds(policy);
  const gone = new Set([...removed, ...saved.map(({ name }) => name)]);
  const after = [...policies.all.filter(({ name }) => !gone.has(name)), ...saved];
  if (after.length > MOST_POLICIES && after.length > policies.all.length) {
    throw new TooManyPolicies(MOST_POLICIES);
  }
  // Before the lock-out that a typo would look like.
  for (const policy of saved) {
    checkWords(policy);
    checkConditions(normalisePolicy(policy));
  }
  if (lockout !== 'enforced') refuseLockout(policies.all, after, lockout);
  const validation = entries.get(VALIDATION)?.value;
  // As in a new installation of LinOTP, where nobody has said otherwise.
  const checksActions = typeof validation !== 'string' || validation.trim().toLowerCase() === 'true';
  return saved.flatMap((policy) => validated(policy, checksActions));
}

/** A list that does not fit is shown in the message, and it is not certain that what is in it was sealed. */
function validated(policy: StoredPolicy, checksActions: boolean): readonly string[] {
  try {
    return validatePolicy(policy, checksActions);
  } catch (error) {
    if (error instanceof MalformedActions) throw new MalformedActions(withMaskedSecrets(error.message));
    if (error instanceof UnfitAction) throw new UnfitAction(withMaskedSecrets(error.message));
    throw error;
  }
}

function checkBounds({ name, ...texts }: StoredPolicy): void {
  if (name.length > LONGEST_NAME) {
    throw new UnfitPolicy('name', `The name of a policy has at most ${LONGEST_NAME} characters`);
  }
  for (const [attribute, text] of Object.entries(texts)) {
    if ((text ?? '').length <= LONGEST_TEXT) continue;
    throw new UnfitPolicy(
      attribute,
      `Attribute ${attribute} of policy ${name} has more than ${LONGEST_TEXT} characters`,
    );
  }
}
