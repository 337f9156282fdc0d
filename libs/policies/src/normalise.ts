import type { Policy, StoredPolicy } from './policy.js';

/** The scopes in which a user or a client that is not given stands for all of them; in others it stands for nobody. */
const OPEN_SCOPES: ReadonlySet<string> = new Set([
  'selfservice',
  'admin',
  'enrollment',
  'authorization',
  'authentication',
]);

const ALWAYS = '* * * * * *;';

/** A stored policy as it is matched and shown (spec/policies §1). */
export function normalisePolicy(stored: StoredPolicy): Policy {
  const scope = given(stored.scope);
  const open = OPEN_SCOPES.has(scope) ? '*' : '';
  const active = given(stored.active);
  return {
    name: stored.name,
    scope,
    action: given(stored.action),
    realm: given(stored.realm).toLowerCase(),
    user: given(stored.user) || open,
    client: given(stored.client) || open,
    time: given(stored.time) || ALWAYS,
    active: active || 'True',
    isActive: active === '' || active.toLowerCase() === 'true',
  };
}

/** LinOTP stores a parameter that was not sent as the text `None`. */
function given(text: string | null): string {
  return text === null || text.trim() === 'None' ? '' : text;
}
