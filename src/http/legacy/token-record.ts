import { Configuration, type UserRecord, UserDirectory } from '@app/realms';
import { type ListedToken, tokenType } from '@app/tokens';
import { Injectable } from '@nestjs/common';

import { ownerSpecification } from './resolver-names.js';
import { tokenInfo, tokenInfoObject } from './token-info.js';

export type TokenRecord = Record<string, unknown>;

export interface RecordOptions {
  /** `LinOtp.TokenInfo` as an object instead of JSON text. */
  readonly infoAsObject: boolean;
  /** Owner attributes to add, by LinOTP's names. */
  readonly userFields: readonly string[];
}

/** Shown for an owner that no resolver knows any more. */
export const ORPHANED = '/:no user info:/';

/** LinOTP's names of user attributes. */
const USER_FIELDS: Readonly<Record<string, keyof UserRecord>> = {
  username: 'username',
  userid: 'userId',
  description: 'description',
  email: 'email',
  givenname: 'givenName',
  surname: 'surname',
  phone: 'phone',
  mobile: 'mobile',
};

/** Token records as `/admin/show` has them (spec/admin-api §3.2), key by key in its order. */
@Injectable()
export class TokenRecords {
  constructor(
    private readonly configuration: Configuration,
    private readonly directory: UserDirectory,
  ) {}

  async present(token: ListedToken, options: RecordOptions): Promise<TokenRecord> {
    return {
      'LinOtp.TokenId': token.id,
      'LinOtp.TokenDesc': token.description,
      'LinOtp.TokenSerialnumber': token.serial,
      'LinOtp.TokenType': tokenType(token.type).label,
      'LinOtp.TokenInfo': options.infoAsObject ? tokenInfoObject(token) : tokenInfo(token),
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
      ...(await this.#userColumns(token, options.userFields)),
    };
  }

  /** The owner as their resolver knows them now; `null` unassigned, `'orphaned'` not found, `'away'` not answered. */
  async ownerOf(token: ListedToken): Promise<UserRecord | null | 'orphaned' | 'away'> {
    if (!token.owner) return null;
    const resolver = this.configuration.current().resolvers.get(token.owner.resolver);
    if (!resolver) return 'orphaned';
    try {
      return (await this.directory.byId(resolver, token.owner.userId)) ?? 'orphaned';
    } catch {
      // One directory that is away must not hide the tokens of all the others.
      return 'away';
    }
  }

  #ownerColumns({ owner }: ListedToken): TokenRecord {
    const resolver = owner ? this.configuration.current().resolvers.get(owner.resolver) : undefined;
    return {
      'LinOtp.IdResolver': resolver ? this.directory.sourceOf(resolver) : '',
      'LinOtp.IdResClass': owner ? ownerSpecification(owner) : '',
      'LinOtp.Userid': owner?.userId ?? '',
    };
  }

  async #userColumns(token: ListedToken, fields: readonly string[]): Promise<TokenRecord> {
    const owner = await this.ownerOf(token);
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
    for (const field of fields) {
      const key = Object.hasOwn(USER_FIELDS, field) ? USER_FIELDS[field] : undefined;
      columns[`User.${field}`] ??= owner && owner !== 'orphaned' && key ? owner[key] : '';
    }
    return columns;
  }
}
