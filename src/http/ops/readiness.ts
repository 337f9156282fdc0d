/** One thing that a node needs for its work. */
export interface ReadinessCheck {
  readonly name: 'database' | 'keyring' | 'migrations' | 'clock' | 'serving';
  readonly isReady: boolean;
  /** What is wrong, for an operator; never a secret. */
  readonly reason?: string;
}

/** Whether this node can serve logins now. */
export abstract class Readiness {
  /** Never throws: a check that cannot be made is a check that failed. */
  abstract check(): Promise<readonly ReadinessCheck[]>;
}
