import type { ServerSettings } from '@app/realms';
import {
  type Token,
  type TokenStore,
  type UnassignedSearch,
  tokenType,
  unassignedRemoteCheck,
} from '@app/tokens';

import type { TokenServers } from '../elsewhere/token-servers.js';

/** Beyond, asking takes too long, and tells too many. */
const MOST_ASKED = 16;

export interface UnassignedRemotes {
  readonly realm: string;
  readonly login: string;
  readonly password: string;
  /** Only tokens of this type's label (case-insensitive); `null`: of any. */
  readonly typeLabel: string | null;
  /** Only this one; `null`: any. */
  readonly serial: string | null;
  /** As at a login. */
  readonly hops: number;
}

/**
 * Finds the one unassigned remote token whose server lets the user in (policy `autoassignment_forward`, spec/validate-api §2.8).
 * All are asked, each server once: one that does not answer might be a second one that does.
 */
export class FindUnassignedRemote {
  constructor(
    private readonly store: TokenStore,
    private readonly servers: TokenServers,
  ) {}

  /** @throws Unavailable */
  async execute(
    { realm, login, password, typeLabel, serial, hops }: UnassignedRemotes,
    settings: ServerSettings,
  ): Promise<UnassignedSearch> {
    if (typeLabel !== null && tokenType('remote').label !== typeLabel.toLowerCase()) return { kind: 'none' };
    const tokens: Token[] = [];
    for await (const page of this.store.batches({ types: ['remote'], realm, assigned: false })) {
      tokens.push(...page.filter((token) => token.active && (serial === null || token.serial === serial)));
      if (tokens.length > MOST_ASKED) return { kind: 'too-many' };
    }
    const asked = { text: password, login, realm, transaction: null, server: null, hops };
    const checks = tokens.map((token) => unassignedRemoteCheck(token, asked));
    const answers = new Map(checks.map((check) => [JSON.stringify(check), check]));
    const said = new Map(
      await Promise.all(
        [...answers].map(async ([key, check]) => [key, await this.servers.ask(check, settings)] as const),
      ),
    );
    if ([...said.values()].some(({ kind }) => kind === 'failed')) return { kind: 'none' };
    const found = tokens.filter((_, place) => said.get(JSON.stringify(checks[place]))?.kind === 'accepted');
    const [token, ...others] = found;
    if (!token) return { kind: 'none' };
    return others.length > 0
      ? { kind: 'several' }
      : { kind: 'found', token, spends: { nextCounter: 1, once: false } };
  }
}
