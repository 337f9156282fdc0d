/**
 * What one request did, as it is kept. Texts are clean (no NUL) and cut before they get here.
 * Never a seed, PIN, OTP, password or JWT.
 */
export interface AuditRecord {
  readonly at: Date;
  /** URL path without its leading slash, e.g. `validate/check`. */
  readonly action: string;
  readonly succeeded: boolean;
  readonly serial: string;
  readonly tokenType: string;
  readonly user: string;
  readonly realm: string;
  readonly administrator: string;
  readonly detail: string;
  readonly info: string;
  /** Host name of the node that answered. */
  readonly node: string;
  readonly client: string;
  readonly logLevel: string;
  readonly clearanceLevel: number;
}

/** A record at its place in a lane's chain. */
export interface ChainedRecord extends AuditRecord {
  readonly lane: string;
  /** 1, 2, 3 … within the lane, without a gap. */
  readonly sequence: number;
  /** Sequence of the first record of the batch that this one was committed with. */
  readonly batchStart: number;
  readonly rowHash: Uint8Array;
  readonly chain: Uint8Array;
  /** Ed25519 over the batch's last chain value; on that record only. */
  readonly signature: Uint8Array | null;
  /** Heads of other lanes as they were when it was written, in the form of `headsText`; on most records none: ''. */
  readonly heads: string;
}

/** Longest stored text per field, in UTF-16 units (spec/admin-api §1.8: cut with `…`). */
export const AUDIT_LIMITS = {
  action: 30,
  serial: 30,
  tokenType: 40,
  user: 255,
  realm: 255,
  administrator: 255,
  detail: 512,
  info: 512,
  node: 80,
  client: 80,
} as const;
