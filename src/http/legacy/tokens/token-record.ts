import { Configuration, UserDirectory, userFields } from '@app/realms';
import { type ListedToken, tokenType } from '@app/tokens';
import { Injectable } from '@nestjs/common';

import { ownerSpecification } from '../users/resolver-names.js';
import { tokenInfo, tokenInfoObject } from './token-info.js';
import { type FoundOwner, TokenOwners } from './token-owners.js';

export type TokenRecord = Record<string, unknown>;

export interface RecordOptions {
  /** `LinOtp.TokenInfo` as an object instead of JSON text. */
  readonly infoAsObject: boolean;
  /** Owner attributes to add, by LinOTP's names. */
  readonly userFields: readonly string[];
}

/** Shown for an owner that no resolver knows any more. */
export const ORPHANED = '/:no user info:/';

/** Token records as `/admin/show` has them (spec/admin-api §3.2), key by key in its order. */
@Injectable()
export class TokenRecords {
  constructor(
    private readonly configuration: Configuration,
    private readonly directory: UserDirectory,
    private readonly owners: TokenOwners,
  ) {}

  async present(token: ListedToken, options: RecordOptions): Promise<TokenRecord> {
    return this.#record(token, this.#resolverOf(token), await this.owners.of(token), options);
  }

  /** A page of them: a question to each resolver, not to each owner. */
  async presentAll(tokens: readonly ListedToken[], options: RecordOptions): Promise<TokenRecord[]> {
    const owners = await this.owners.ofAll(tokens);
    const resolvers = new Map<string | undefined, string>();
    return tokens.map((token, place) => {
      const name = token.owner?.resolver;
      const resolver = resolvers.get(name) ?? this.#resolverOf(token);
      resolvers.set(name, resolver);
      return this.#record(token, resolver, owners[place] ?? null, options);
    });
  }

  /** Without their owner, who asks for them (spec/validate-api §4.6). */
  presentOwn(tokens: readonly ListedToken[]): TokenRecord[] {
    return tokens.map((token) => {
      const info = tokenInfoObject(token);
      const enrolment = tokenType(token.type).enrolmentState?.(token) ?? { status: 'completed' };
      const shown = Object.keys(info).length === 0 ? '' : info;
      return { ...recordOf(token, shown, this.#resolverOf(token)), Enrollment: enrolment };
    });
  }

  #record(token: ListedToken, resolver: string, owner: FoundOwner, options: RecordOptions): TokenRecord {
    const info = options.infoAsObject ? tokenInfoObject(token) : tokenInfo(token);
    const record = recordOf(token, info, resolver);
    addUserColumns(record, owner, options.userFields);
    return record;
  }

  /** Where the owner's resolver reads them from. */
  #resolverOf({ owner }: ListedToken): string {
    const resolver = owner ? this.configuration.current().resolvers.get(owner.resolver) : undefined;
    return resolver ? this.directory.sourceOf(resolver) : '';
  }
}

/** One literal: of pages of records, how they are put together is most of what they cost. */
function recordOf(token: ListedToken, info: object | string, resolver: string): TokenRecord {
  const { owner } = token;
  return {
    'LinOtp.TokenId': token.id,
    'LinOtp.TokenDesc': token.description,
    'LinOtp.TokenSerialnumber': token.serial,
    'LinOtp.TokenType': tokenType(token.type).label,
    'LinOtp.TokenInfo': info,
    'LinOtp.IdResolver': resolver,
    'LinOtp.IdResClass': owner ? ownerSpecification(owner) : '',
    'LinOtp.Userid': owner?.userId ?? '',
    'LinOtp.OtpLen': token.digits,
    'LinOtp.MaxFail': token.maxFailures,
    'LinOtp.Isactive': token.active,
    'LinOtp.FailCount': token.failures,
    'LinOtp.Count': token.counter,
    'LinOtp.CountWindow': token.lookAhead,
    'LinOtp.SyncWindow': token.syncWindow,
    'LinOtp.CreationDate': token.createdAt.toUTCString(),
    'LinOtp.LastAuthSuccess': token.lastSuccessAt?.toUTCString() ?? '',
    'LinOtp.LastAuthMatch': token.lastMatchAt?.toUTCString() ?? '',
    'LinOtp.RealmNames': token.realms,
  };
}

/** None for an owner whom nobody answered for: they are not gone (spec/admin-api §3.2). */
function addUserColumns(record: TokenRecord, owner: FoundOwner, fields: readonly string[]): void {
  if (owner === 'away') return;
  const isKnown = owner !== null && owner !== 'orphaned';
  const unknown = owner === null ? '' : ORPHANED;
  record['User.description'] = isKnown ? owner.description : '';
  record['User.userid'] = isKnown ? owner.userId : unknown;
  record['User.username'] = isKnown ? owner.username : unknown;
  if (fields.length === 0) return;
  const values: Readonly<Record<string, unknown>> = isKnown
    ? { ...owner.attributes, ...userFields(owner) }
    : {};
  for (const field of fields) {
    record[`User.${field}`] ??= (Object.hasOwn(values, field) ? values[field] : null) ?? '';
  }
}
