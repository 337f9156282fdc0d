import type { Policy } from '../policy.js';
import type { PolicySet } from '../policy-set.js';
import type { ActionValue } from '../policy-value.js';
import type { PolicySubject } from '../subject.js';
import { RealmRights } from './realm-rights.js';

const NEGATED = /^[-!]/;

/** Scopes whose rights hold for the installation as a whole. */
export type GlobalScope = 'system' | 'audit' | 'tools' | 'monitoring' | 'reporting.access';

/** An administrator at work: who, from where, and when. */
export interface AdministratorAtWork {
  readonly subject: PolicySubject;
  /** The client's address. */
  readonly client: string;
  readonly time: Date;
}

/**
 * What policies let an administrator do (spec/policies §5, §8.1, §8.2). A scope without any active policy allows
 * everything; one policy in it, and only what is granted counts.
 *
 * Unlike in LinOTP, conditions on client and time count in every scope: a policy that names a network grants nothing
 * elsewhere.
 */
export class AdminRights {
  constructor(
    private readonly policies: PolicySet,
    readonly administrator: AdministratorAtWork,
  ) {}

  /** Of a right that no realm limits; the realms of such a policy do not matter. */
  may(scope: GlobalScope, action: string): boolean {
    return (
      !this.policies.hasActive(scope) ||
      this.policies.granting({ scope, action, ...this.administrator, emptyClientIsAny: true }).length > 0
    );
  }

  /** The realms in which an action of scope `admin` is granted. */
  realmsFor(action: string): RealmRights {
    return this.#realms('admin', action);
  }

  /** The realms in which an action is granted, of any scope whose rights are for realms. */
  realmsIn(
    scope: 'admin' | 'getToken' | 'system' | 'monitoring' | 'reporting.access',
    action: string,
  ): RealmRights {
    return this.#realms(scope, action);
  }

  /** The realms in which any action of scope `admin` is granted: their tokens are shown. */
  shownRealms(): RealmRights {
    return this.#realms('admin');
  }

  /** The realms whose records the administrator sees. */
  auditedRealms(): RealmRights {
    return this.#realms('audit', 'view');
  }

  /** The action's value in a realm, for this administrator; `undefined`: no policy says anything. */
  valueIn(realm: string, scope: string, action: string): ActionValue | undefined {
    return this.policies.value({ scope, action, realm, ...this.administrator, emptyClientIsAny: true });
  }

  #realms(scope: string, action?: string): RealmRights {
    if (!this.policies.hasActive(scope)) return RealmRights.ALL;
    const query = {
      scope,
      ...this.administrator,
      emptyClientIsAny: true,
      ...(action !== undefined && { action }),
    };
    const entries = this.policies.granting(query).flatMap(realmEntries);
    if (entries.includes('*')) return RealmRights.ALL;
    return RealmRights.of(entries);
  }
}

/** The realms that a policy names and does not exclude. */
function realmEntries({ realm }: Policy): string[] {
  const entries = realm
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const excluded = new Set(
    entries.filter((entry) => NEGATED.test(entry)).map((entry) => entry.slice(1).trim()),
  );
  return entries.filter((entry) => !NEGATED.test(entry) && !excluded.has(entry));
}
