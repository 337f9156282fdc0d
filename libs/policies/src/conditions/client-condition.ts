import { MalformedCondition } from '../policy.errors.js';
import { type ClientAddress, type Network, isWithin, parseNetwork } from './address.js';
import { type Condition, type ConditionMatch, NO_MATCH, listEntries } from './condition.js';

interface ClientEntry {
  /** `null`: every address (`-*`). */
  readonly network: Network | null;
  readonly isNegated: boolean;
  readonly answer: ConditionMatch;
}

const WILDCARD: ConditionMatch = { precision: 'wildcard', entry: '*' };

/** A comma list of addresses and networks, IPv4 and IPv6 (spec/policies §4.4). */
export class ClientCondition implements Condition<ClientAddress> {
  private constructor(
    private readonly isWildcard: boolean,
    private readonly entries: readonly ClientEntry[],
  ) {}

  /** @throws MalformedCondition when an entry is neither an address nor a network */
  static parse(text: string): ClientCondition {
    const entries = listEntries(text, ',');
    return new ClientCondition(
      entries.some((entry) => entry.written === '*'),
      entries
        .filter((entry) => entry.written !== '*')
        .map(({ text: network, written, isNegated }) => ({
          network: network === '*' ? null : networkOf(network),
          isNegated,
          answer: { precision: isNegated ? null : 'exact', entry: written },
        })),
    );
  }

  /** What is no address is matched by `*` alone. */
  match(address: ClientAddress): ConditionMatch {
    if (this.isWildcard) return WILDCARD;
    if (address === null) return NO_MATCH;
    let match = NO_MATCH;
    for (const { network, isNegated, answer } of this.entries) {
      if (network !== null && !isWithin(address, network)) continue;
      if (isNegated) return answer;
      if (match.precision === null) match = answer;
    }
    return match;
  }
}

/** @throws MalformedCondition */
function networkOf(text: string): Network {
  const network = parseNetwork(text);
  if (network !== null) return network;
  throw new MalformedCondition('client', `'${text}' is neither an address nor a network`);
}
