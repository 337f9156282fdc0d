import type { AuditContext } from '@app/audit';
import { type LoginAttempt, type LoginCommit, type LoginDecision, decideLogin } from '@app/authentication';
import type { Token } from '@app/tokens';
import type pg from 'pg';

import { startDatabase } from '../../src/composition/database-servers.js';
import { openInstallation } from '../../src/composition/installation.js';
import { readSettings } from '../../src/config/settings.js';
import {
  type AuditVerification,
  type VerifyOptions,
  verifyAudit,
} from '../../src/persistence/audit/verify/verify-audit.js';
import { type PrimaryClient, connectPrimary } from '../../src/persistence/database.js';
import type { CommitPath } from '../../src/persistence/lanes/commit-observer.js';
import { givenHotpToken } from '../support/domain/given-token.js';
import { type Installation, givenInstallation } from '../support/application/installation.js';
import { ATTEMPT } from '../support/domain/login-decisions.js';
import { hotpAt } from '../support/clients/otp.js';

/** Of a login by serial. */
export const CONTEXT: AuditContext = {
  action: 'validate/check_s',
  client: '192.0.2.1',
  administrator: '',
  user: '',
  realm: '',
};

/** A node without its HTTP side: the adapters of one process, on the database of an installation. */
export type Node = Awaited<ReturnType<typeof openNode>>;

export async function openNode(
  installation: Pick<Installation, 'env'>,
  env: Readonly<Record<string, string>> = {},
) {
  const settings = readSettings({ ...installation.env, ...env });
  const database = await startDatabase(settings, () => undefined);
  const batches: { readonly records: number; readonly path: CommitPath }[] = [];
  const unknown: { readonly resolved: boolean }[] = [];
  const parts = await openInstallation({
    settings,
    database,
    observer: {
      committed: (records, path) => void batches.push({ records, path }),
      unknownOutcome: (resolved) => void unknown.push({ resolved }),
    },
    surroundings: { isTerminal: false, write: () => true, log: () => undefined },
  });
  let drawn = 0;
  return {
    ...parts,
    /** What was committed, in order. */
    batches,
    unknown,
    /** An HOTP token with the RFC's key and no PIN, unless said otherwise. */
    async enrol(changes: Parameters<typeof givenHotpToken>[0] = {}): Promise<Token> {
      const token = givenHotpToken({ serial: `OATH${drawn++}`, ...changes });
      return parts.tokenAdministration.change(CONTEXT, async (tokens) => ({
        result: await tokens.insert(token),
        facts: { succeeded: true, serial: token.serial },
      }));
    },
    /** The token as it is now, as a login would load it. */
    async load(serial: string): Promise<Token> {
      const { tokens } = await parts.snapshots.load({ serial });
      const [token] = tokens;
      if (!token) throw new Error(`no token ${serial}`);
      return token;
    },
    /** A connection as the product's own. */
    connect: () => connectPrimary(database.address),
    async verifyAudit(): Promise<AuditVerification> {
      const client = await connectPrimary(database.address);
      try {
        return await verifyAudit(client, { isSigned: parts.keys.audit.isSigned, everySignature: true });
      } finally {
        await client.end();
      }
    },
    /** Within the transaction of the connection, whatever is not committed of it. */
    verifyOn: (client: PrimaryClient, options: Partial<VerifyOptions> = {}): Promise<AuditVerification> =>
      verifyAudit(client, {
        isSigned: parts.keys.audit.isSigned,
        inSnapshot: (_client, reads) => reads(),
        ...options,
      }),
  };
}

/** Two nodes on an installation of their own, which a suite opens before its tests and closes behind them. */
export class TwoNodes {
  private constructor(
    readonly installation: Installation,
    readonly here: Node,
    readonly elsewhere: Node,
    /** Past both nodes. */
    readonly database: pg.Client,
  ) {}

  static async open(): Promise<TwoNodes> {
    const installation = await givenInstallation();
    return new TwoNodes(
      installation,
      await openNode(installation),
      await openNode(installation),
      await installation.database.connect(),
    );
  }

  /** After each test: the trail is sound, and what was committed is forgotten. */
  async check(): Promise<void> {
    expect(await this.here.verifyAudit()).toMatchObject({ faults: [] });
    this.here.batches.length = 0;
  }

  async close(): Promise<void> {
    await this.database.end();
    await this.here.close();
    await this.elsewhere.close();
    await this.installation.remove();
  }
}

/** A login whose decision was made on `token` as it is given, however stale that is by now. */
export interface DecidedLogin extends LoginCommit {
  /** The tokens that it was decided on again, in order. */
  readonly decidedAgainOn: (readonly Token[])[];
}

export function loginWith(
  token: Token,
  password: string,
  changes: Partial<LoginAttempt> = {},
  now = new Date(),
): DecidedLogin {
  const attempt: LoginAttempt = {
    ...ATTEMPT,
    subject: { kind: 'token', serial: token.serial },
    password,
    ...changes,
  };
  const decide = (tokens: readonly Token[], at: Date): LoginDecision => {
    const decision = decideLogin(tokens, attempt, at, () => undefined);
    if ('question' in decision) throw new Error('the token needs an answer from outside');
    return decision;
  };
  const decidedAgainOn: (readonly Token[])[] = [];
  return {
    context: CONTEXT,
    tokens: [token],
    root: null,
    challenges: [],
    now,
    decision: decide([token], now),
    decideAgain: (tokens, at) => {
      decidedAgainOn.push(tokens);
      return decide(tokens, at);
    },
    decidedAgainOn,
  };
}

/** With the value that the token, as it is given, expects next. */
export function rightLogin(token: Token): DecidedLogin {
  return loginWith(token, hotpAt(token.counter));
}

/** With a value that none of the RFC key's first counters has. */
export function wrongLogin(token: Token): DecidedLogin {
  return loginWith(token, '000000');
}
