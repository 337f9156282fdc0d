import { Conflict, Invalid } from '@app/kernel';

/** An action that the scope does not have, or a value that the action cannot have; the texts are LinOTP's. */
export class UnfitAction extends Invalid {
  override readonly code = 'policy.unfit-action';
  constructor(message: string) {
    super('action', message);
  }
}

/** A word that means nothing where it stands. */
export class UnfitWord extends Invalid {
  override readonly code = 'policy.unfit-word';
}

/** The change would leave nobody, or not the one who makes it, with the right to change anything (LinOTP's spelling). */
export class PotentialLockout extends Conflict {
  override readonly code = 'policy.lockout';
  constructor(readonly reason: string) {
    super(`Warning: potential lockout due to policy defintion: ${reason}`);
  }
}
