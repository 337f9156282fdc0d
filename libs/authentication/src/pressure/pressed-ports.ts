import type { LoginDecision } from '../login.js';
import {
  type LoginCommit,
  LoginCommitter,
  type LoginSelection,
  type LoginSnapshot,
  LoginSnapshots,
} from '../ports.js';
import type { LoginPressure } from './login-pressure.js';

/** Tells of those who wait for a reading. */
export class PressedSnapshots extends LoginSnapshots {
  constructor(
    private readonly snapshots: LoginSnapshots,
    private readonly pressure: LoginPressure,
  ) {
    super();
  }

  override load(selection: LoginSelection): Promise<LoginSnapshot> {
    return this.pressure.during(this.snapshots.load(selection), false);
  }
}

/** Tells of those who wait for a commit, and of those who are through. */
export class PressedCommitter extends LoginCommitter {
  constructor(
    private readonly committer: LoginCommitter,
    private readonly pressure: LoginPressure,
  ) {
    super();
  }

  override commit(login: LoginCommit): Promise<LoginDecision | 'start-over'> {
    return this.pressure.during(this.committer.commit(login), true);
  }
}
