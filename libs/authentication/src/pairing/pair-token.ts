import { createHash } from 'node:crypto';

import type { AuditContext } from '@app/audit';
import { Unavailable } from '@app/kernel';
import { UnreadablePairing, openPairing, sealedPairing } from '@app/otp';
import type { Configuration, UserDirectory } from '@app/realms';
import {
  type PairingAnswer,
  type PartitionKeys,
  type Token,
  type TokenAdministration,
  changedInfo,
  decidePairing,
  tokenType,
} from '@app/tokens';

import { userOf } from '../login-scene.js';
import type { LoginSnapshots } from '../ports.js';

const DIGEST_LENGTH = 22;

/** An app answers the URL that it was shown, and is paired with its token (spec/validate-api §1.12). */
export class PairToken {
  constructor(
    private readonly configuration: Configuration,
    private readonly keys: PartitionKeys,
    private readonly snapshots: LoginSnapshots,
    private readonly administration: TokenAdministration,
    private readonly directory: UserDirectory,
  ) {}

  /**
   * Anybody may call it: what pairs nothing costs one read at most, and changes nothing.
   * @param text as the app sends it
   * @throws UnreadablePairing, PairingRefused, WrongPairingState, Unavailable
   */
  async execute(text: string, context: AuditContext): Promise<void> {
    const sealed = sealedPairing(text);
    const { partition } = sealed;
    const key = await this.keys.find(partition);
    if (!key) throw new UnreadablePairing('Malformed pairing response');
    const response = openPairing(sealed, key);
    const digest = createHash('sha256').update(sealed.bytes).digest('base64url').slice(0, DIGEST_LENGTH);
    const answer: PairingAnswer = { response, partition, digest };
    const { serial } = response;
    const { tokens: found, now, configurationVersion } = await this.snapshots.load({ serial });
    const [seen] = found;
    decidePairing(seen ?? null, answer, now);
    const login = await this.#ownerOf(seen, configurationVersion);

    await this.administration.change(context, async (tokens) => {
      const [token] = await tokens.find({ serials: [serial] });
      const changes = decidePairing(token ?? null, answer, tokens.now);
      if (token) await tokens.update(token.id, { info: changedInfo(token.info, changes) });
      const facts = {
        succeeded: true,
        serial,
        tokenType: token ? tokenType(token.type).label : '',
        user: login,
        realm: token?.realms[0] ?? '',
        info: `paired: ${String(changes['state'] ?? 'another address')}`,
      };
      return { result: undefined, facts };
    });
  }

  /** For the record alone: who is away keeps nobody from pairing. */
  async #ownerOf(token: Token | undefined, version: number): Promise<string> {
    try {
      const user = await userOf(token, await this.configuration.atLeast(version), this.directory);
      return user?.login ?? '';
    } catch (error) {
      if (error instanceof Unavailable) return '';
      throw error;
    }
  }
}
