import { Configuration, type ConfigurationSnapshot, FindUser, type LoginName } from '@app/realms';
import { FindTokenOwners, type OwnerSelection, type TokenFilter } from '@app/tokens';
import { matchesWildcards } from '@app/kernel';
import { Injectable } from '@nestjs/common';

import { ORPHANED } from '../../tokens/token-record.js';

const NOBODY = new Set(['', '/:no user:/', '/:none:/']);

/** The user filter of `/admin/show` and its kin (spec/admin-api §3.1). */
@Injectable()
export class OwnerFilter {
  constructor(
    private readonly configuration: Configuration,
    private readonly findUser: FindUser,
    private readonly findOwners: FindTokenOwners,
  ) {}

  /**
   * @param name   the realm may be a list, or have patterns; an empty login restricts nothing
   * @param filter everything else that is asked for
   * @throws TooManyOwners, Unavailable
   */
  async of(name: LoginName, filter: TokenFilter): Promise<Pick<TokenFilter, 'owners' | 'unassigned'>> {
    if (name.login === '') return {};
    const configuration = this.configuration.current();
    // LinOTP's documentation writes the special forms in quotes, and its clients send them so.
    const bare = name.login.toLowerCase().replaceAll(/['"]/g, '');
    if (NOBODY.has(bare)) return { unassigned: true };
    if (bare === ORPHANED) return { owners: [await this.findOwners.orphaned(filter, configuration)] };
    if (bare.includes('*')) {
      return { owners: [await this.findOwners.byLogin(bare, name.resolver, configuration)] };
    }
    return { owners: await this.#exactly(name, filter, configuration) };
  }

  /** One that nobody knows has no tokens, and is no error. */
  async #exactly(
    name: LoginName,
    filter: TokenFilter,
    configuration: ConfigurationSnapshot,
  ): Promise<OwnerSelection[]> {
    const realms = realmsNamed(name.realm, filter.within, configuration);
    const found = await Promise.all(
      realms.map((realm) => this.findUser.execute({ ...name, realm }, configuration)),
    );
    return found.flatMap((lookup) => {
      if (lookup.kind !== 'found') return [];
      const { references, realm } = lookup.user;
      const wanted = references.filter(({ resolver }) => name.resolver === '' || resolver === name.resolver);
      return wanted.length === 0 ? [] : [{ references: wanted, realms: [realm] }];
    });
  }
}

/** `*`: all that the administrator sees; `''`: as logins without a realm are looked up. */
function realmsNamed(
  list: string,
  within: readonly string[] | null,
  configuration: ConfigurationSnapshot,
): readonly string[] {
  if (list === '') return [''];
  const entries = list
    .toLowerCase()
    .split(',')
    .map((entry) => entry.trim());
  const known = [...configuration.realms.keys()];
  if (entries.includes('*')) return within ? known.filter((realm) => within.includes(realm)) : known;
  return known.filter((realm) => entries.some((entry) => matchesWildcards(entry, realm)));
}
