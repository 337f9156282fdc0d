import { Invalid } from '@app/kernel';

/** An action list that cannot be read; the texts are LinOTP's (spec/policies §3). */
export class MalformedActions extends Invalid {
  override readonly code = 'policy.malformed-actions';
  constructor(message: string) {
    super('action', message);
  }
}

/** A realm, user, client or time condition that cannot be read. */
export class MalformedCondition extends Invalid {
  override readonly code = 'policy.malformed-condition';
  constructor(
    readonly condition: 'realm' | 'user' | 'client' | 'time',
    message: string,
    options?: ErrorOptions,
  ) {
    super(condition, message, options);
  }
}
