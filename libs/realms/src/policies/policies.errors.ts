import { Conflict, Invalid } from '@app/kernel';

/** What a policy needs, and what its parts may be made of; the texts are LinOTP's (spec/policies §10.1). */
export class UnfitPolicy extends Invalid {
  override readonly code = 'policy.unfit';
}

/** A part was not sent at all: an error with a number of its own. */
export class MissingPolicyPart extends Invalid {
  override readonly code = 'policy.missing-part';
  constructor(parameter: string) {
    super(parameter, `missing required parameter: ${parameter}`);
  }
}

/** `delPolicy` has a number of its own for it (spec/policies §10.7). */
export class MalformedPolicyName extends Invalid {
  override readonly code = 'policy.malformed-name';
  constructor() {
    super('name', 'policy name may only contain the characters a-zA-Z0-9_');
  }
}

export class TooManyPolicies extends Conflict {
  override readonly code = 'policy.too-many';
  constructor(readonly limit: number) {
    super(`there are ${limit} policies already`);
  }
}
