import {
  type Challenge,
  ChallengeList,
  type ChallengeSelection,
  namedTransaction,
  transactionId,
} from '@app/authentication';
import type { RealmRights } from '@app/policies';
import { Configuration } from '@app/realms';
import { type ListedToken, TokenList, TokenStore, tokenType } from '@app/tokens';
import { Req } from '@nestjs/common';

import { type LegacyReply, reply } from '../../../envelope/envelope.js';
import { LegacyController, Reads } from '../../../envelope/routes/legacy-controller.js';
import type { Parameters } from '../../../envelope/parameters/parameters.js';
import { RealmDenied } from '../../../envelope/errors/right-missing.js';
import { rightsOf } from '../../../envelope/access/rights.guard.js';
import { WireError } from '../../../envelope/errors/wire-error.js';
import { type ExchangeRequest, note } from '../../../exchange.js';
import { askedRealm } from '../../users/asked-realm.js';
import { RequestUsers } from '../../users/request-user.js';
import { TokenRecords } from '../../tokens/token-record.js';

const USAGE = `Usage: checkstatus: parameters are
        transactionid or state: the id of the transaction
        serial: the serial of a token
        user: the owner of the tokens
        open: true for all challenges, else those that are open
`;
/** Of the dump of a token object that LinOTP answers with, what never says anything here. */
const NOTHING_ELSE = {
  info: {},
  hKeyRequired: true,
  challenge_token: [],
  pin_matching_token: [],
  invalid_token: [],
  valid_token: [],
  related_challenges: [],
  auth_info: {},
  transId: 'None',
  matching_challenges: [],
  supports_offline_mode: false,
  authenticated: 'None',
};

/** `/admin/checkstatus` (spec/admin-api §3.22). */
@LegacyController('admin')
export class ChallengeStatusController {
  constructor(
    private readonly challenges: ChallengeList,
    private readonly tokens: TokenList,
    private readonly store: TokenStore,
    private readonly users: RequestUsers,
    private readonly records: TokenRecords,
    private readonly configuration: Configuration,
  ) {}

  @Reads('checkstatus', {
    right: 'own',
    summary: 'State of challenges',
    parameters: [
      { name: 'transactionid', description: 'id of the transaction' },
      { name: 'state', description: 'the same, where transactionid is empty' },
      { name: 'serial', description: 'serial of the token' },
      { name: 'user', description: 'login or login@realm: open challenges alone' },
      { name: 'realm', description: 'realm of the user' },
      { name: 'open', description: 'true: all challenges, else the open ones' },
    ],
  })
  async checkstatus(@Req() { exchange }: ExchangeRequest): Promise<LegacyReply> {
    const { parameters } = exchange;
    const id = parameters.text('transactionid') || parameters.text('state');
    const serial = parameters.text('serial');
    const user = parameters.text('user');
    if (!id && !serial && !user) throw new WireError(77, USAGE, { envelopeId: 0 });
    const rights = rightsOf(exchange).realmsFor('checkstatus');
    await this.#demand(rights, parameters, serial);

    const showsAll = parameters.text('open')?.toLowerCase() === 'true';
    const shown = (found: readonly Challenge[]) => found.filter(({ isOpen }) => isOpen || showsAll);
    const transaction = id ? namedTransaction(id) : null;
    const owner = user ? await this.users.lookup(parameters) : null;
    const found = [
      ...(transaction ? shown(await this.#find(transaction)) : []).filter(
        ({ place }) => transaction?.place === null || place === transaction?.place,
      ),
      ...(serial ? shown(await this.#find({ serial })) : []),
      ...(owner?.kind === 'found' ? await this.#find({ owners: owner.user.references }) : []).filter(
        ({ isOpen }) => isOpen,
      ),
    ];
    const tokens = await this.#tokensOf(found, rights);
    note(exchange, {
      succeeded: true,
      serial: tokens.map((token) => token.serial).join(' ') || (serial ?? ''),
      tokenType: [...new Set(tokens.map(({ type }) => tokenType(type).label))].join(','),
      realm: [...new Set(tokens.flatMap(({ realms }) => realms))].join(','),
      ...(user && { user }),
    });
    const values = tokens.map(async (token) => [token.serial, await this.#status(token, found)] as const);
    return reply({ values: Object.fromEntries(await Promise.all(values)) });
  }

  /** A token by its own realms, a user by theirs; of a transaction, what is in no realm of the right is not found. */
  async #demand(rights: RealmRights, parameters: Parameters, serial: string | null): Promise<void> {
    const realm = askedRealm(parameters, this.configuration.current());
    const token = serial && !rights.isNowhere ? await this.store.find(serial) : null;
    const isByTransaction = !serial && !parameters.text('user');
    const isGranted = token
      ? rights.hasOneOf(token.realms)
      : isByTransaction
        ? !rights.isNowhere
        : rights.has(realm);
    if (!isGranted) throw new RealmDenied('checkstatus', realm);
  }

  #find(selection: ChallengeSelection): Promise<readonly Challenge[]> {
    return this.challenges.find(selection);
  }

  /** Those that the challenges ask and the right covers. */
  async #tokensOf(challenges: readonly Challenge[], rights: RealmRights): Promise<ListedToken[]> {
    const asked = new Map(challenges.map(({ serial, tokenId }) => [tokenId, serial]));
    const tokens: ListedToken[] = [];
    for (const [id, serial] of asked) {
      const { tokens: found } = await this.tokens.find({
        within: rights.realms,
        serial,
        sort: { key: 'serial', descending: false },
        page: { offset: 0, limit: 1_000 },
      });
      tokens.push(...found.filter((token) => token.id === id));
    }
    return tokens;
  }

  async #status(token: ListedToken, challenges: readonly Challenge[]): Promise<object> {
    const { label, challenge } = tokenType(token.type);
    const record = await this.records.present(token, { infoAsObject: false, userFields: [] });
    const theirs = challenges.filter(({ tokenId }) => tokenId === token.id);
    return {
      challenges: Object.fromEntries(theirs.map((one) => [transactionId(one), challengeRecord(one)])),
      tokeninfo: {
        type: label,
        token: Object.fromEntries(Object.entries(record).filter(([name]) => !name.startsWith('User.'))),
        mode:
          challenge?.asks || challenge?.key
            ? ['challenge']
            : challenge
              ? ['authenticate', 'challenge']
              : ['authenticate'],
        ...NOTHING_ELSE,
        ...(token.hash && { hashlibStr: token.hash }),
      },
    };
  }
}

function challengeRecord(challenge: Challenge): object {
  const { id, serial, message, createdAt, isReceived, isValid, isOpen, data } = challenge;
  const [date, time = ''] = createdAt.toISOString().replace('Z', '').split('T');
  const dated = `${date} ${time}000`;
  return {
    id,
    transid: transactionId(challenge),
    challenge: message,
    tokenserial: serial,
    data: {
      serial,
      ...(isAskedElsewhere(data) ? { date: dated, remote_reply: data } : (data ?? { date: dated })),
    },
    timestamp: `${date} ${time.slice(0, 8)}`,
    received_tan: isReceived,
    valid_tan: isValid,
    session: { status: isOpen ? 'open' : 'closed' },
  };
}

/** What the server of a remote or radius token said (spec/token-types §13). */
function isAskedElsewhere(data: Challenge['data']): boolean {
  return data?.['transactionid'] !== undefined;
}
