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
    return this.#record(token, await this.owners.of(token), options);
  }

  /** A page of them: a question to each resolver, not to each owner. */
  async presentAll(tokens: readonly ListedToken[], options: RecordOptions): Promise<TokenRecord[]> {
    const owners = await this.owners.ofAll(tokens);
    return tokens.map((token, place) => this.#record(token, owners[place] ?? null, options));
  }

  /** Without their owner, who asks for them (spec/validate-api §4.6). */
  presentOwn(tokens: readonly ListedToken[]): TokenRecord[] {
    return tokens.map((token) => {
      const info = tokenInfoObject(token);
      const enrolment = tokenType(token.type).enrolmentState?.(token) ?? { status: 'completed' };
      const shown = Object.keys(info).length === 0 ? '' : info;
      return { ...this.#token(token, shown), Enrollment: enrolment };
    });
  }

  #record(token: ListedToken, owner: FoundOwner, options: RecordOptions): TokenRecord {
    const info = options.infoAsObject ? tokenInfoObject(token) : tokenInfo(token);
    return { ...this.#token(token, info), ...userColumns(owner, options.userFields) };
  }

  #token(token: ListedToken, info: object | string): TokenRecord {
    return {
      'LinOtp.TokenId': token.id,
      'LinOtp.TokenDesc': token.description,
      'LinOtp.TokenSerialnumber': token.serial,
      'LinOtp.TokenType': tokenType(token.type).label,
      'LinOtp.TokenInfo': info,
      ...this.#ownerColumns(token),
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

  #ownerColumns({ owner }: ListedToken): TokenRecord {
    const resolver = owner ? this.configuration.current().resolvers.get(owner.resolver) : undefined;
    return {
      'LinOtp.IdResolver': resolver ? this.directory.sourceOf(resolver) : '',
      'LinOtp.IdResClass': owner ? ownerSpecification(owner) : '',
      'LinOtp.Userid': owner?.userId ?? '',
    };
  }
}

/** None for an owner whom nobody answered for: they are not gone (spec/admin-api §3.2). */
function userColumns(owner: FoundOwner, fields: readonly string[]): TokenRecord {
  if (owner === 'away') return {};
  const columns: TokenRecord =
    owner === null
      ? { 'User.description': '', 'User.userid': '', 'User.username': '' }
      : owner === 'orphaned'
        ? { 'User.description': '', 'User.userid': ORPHANED, 'User.username': ORPHANED }
        : {
            'User.description': owner.description,
            'User.userid': owner.userId,
            'User.username': owner.username,
          };
  const values: Readonly<Record<string, unknown>> =
    owner === null || owner === 'orphaned' ? {} : { ...owner.attributes, ...userFields(owner) };
  for (const field of fields) {
    columns[`User.${field}`] ??= (Object.hasOwn(values, field) ? values[field] : null) ?? '';
  }
  return columns;
}
