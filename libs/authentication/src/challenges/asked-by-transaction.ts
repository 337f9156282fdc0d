import type { ConfigurationSnapshot, UserDirectory } from '@app/realms';
import type { Token } from '@app/tokens';

import type { NamedTransaction } from './challenge.js';
import { type Concerned, concernedNobody, concernedOwner } from '../login-scene.js';
import type { LoginDecision, LoginSubject } from '../login.js';
import type { LoginSnapshot } from '../ports.js';
import { rejected } from '../decide/verdicts.js';

interface AskedByTransaction {
  readonly subject: LoginSubject;
  readonly tokens: readonly Token[];
  readonly concerned: Concerned;
  /** What is decided, whatever the tokens say; `null`: they do. */
  readonly refused: LoginDecision | null;
}

/**
 * Whom an answer concerns that names nothing but its transaction (spec/validate-api §1.5): the owner of the token that was
 * asked last, in the realm where it was. One who is gone from the directory is let in nowhere.
 * @throws Unavailable when the directory does not answer
 */
export async function askedByTransaction(
  { challenges, tokens }: LoginSnapshot,
  transaction: NamedTransaction | 'unknown' | null,
  configuration: ConfigurationSnapshot,
  directory: UserDirectory,
): Promise<AskedByTransaction> {
  const place = transaction === null || transaction === 'unknown' ? null : transaction.place;
  const named = challenges
    .filter((challenge) => place === null || challenge.place === place)
    .toSorted((one, other) => other.id - one.id);
  const nobody = {
    subject: { kind: 'token', serial: '' },
    tokens: [],
    concerned: concernedNobody('', ''),
  } as const;
  const [newest] = named;
  if (!newest)
    return { ...nobody, refused: rejected('no-transaction', 'no challenge found for the transaction') };
  const asked = named.flatMap(({ tokenId }) => tokens.find(({ id }) => id === tokenId) ?? []);
  const [first] = asked;
  if (!first) return { ...nobody, refused: rejected('no-token', 'the token of the challenge is gone') };
  const { realm } = newest;
  const concerned = await concernedOwner([{ ...first, realms: [realm] }], configuration, directory);
  const { owner } = first;
  if (!owner) {
    return { subject: { kind: 'token', serial: first.serial }, tokens: asked, concerned, refused: null };
  }
  const { holder } = concerned;
  if (!holder) return { ...nobody, refused: rejected('unknown-user', 'User not found') };
  const subject = {
    kind: 'user',
    login: holder.login,
    realm,
    owner: { references: [owner], realm },
    serial: null,
    onlyToken: false,
  } as const;
  return { subject, tokens: asked, concerned, refused: null };
}
