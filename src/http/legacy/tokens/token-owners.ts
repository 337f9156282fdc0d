import { Configuration, UserDirectory, type UserRecord } from '@app/realms';
import type { TokenOwner } from '@app/tokens';
import { Injectable } from '@nestjs/common';

/** The owner as their resolver knows them now; `null` unassigned, `'orphaned'` not found, `'away'` not answered. */
export type FoundOwner = UserRecord | null | 'orphaned' | 'away';

interface Owned {
  readonly owner: TokenOwner | null;
}

/** Who the owners of tokens are. Each resolver is asked once for all of them, however many tokens there are. */
@Injectable()
export class TokenOwners {
  constructor(
    private readonly configuration: Configuration,
    private readonly directory: UserDirectory,
  ) {}

  async of(token: Owned): Promise<FoundOwner> {
    return (await this.ofAll([token]))[0] ?? null;
  }

  /** In the order of the tokens. */
  async ofAll(tokens: readonly Owned[]): Promise<readonly FoundOwner[]> {
    const userIds = new Map<string, Set<string>>();
    for (const { owner } of tokens) {
      if (owner) userIds.set(owner.resolver, (userIds.get(owner.resolver) ?? new Set()).add(owner.userId));
    }
    const answers = new Map<string, ReadonlyMap<string, UserRecord> | 'orphaned' | 'away'>();
    const ask = async ([name, ids]: [string, ReadonlySet<string>]) => {
      answers.set(name, await this.#known(name, [...ids]));
    };
    await Promise.all([...userIds].map(ask));
    return tokens.map(({ owner }) => {
      if (!owner) return null;
      const answer = answers.get(owner.resolver) ?? 'away';
      return typeof answer === 'string' ? answer : (answer.get(owner.userId) ?? 'orphaned');
    });
  }

  async #known(
    name: string,
    userIds: readonly string[],
  ): Promise<ReadonlyMap<string, UserRecord> | 'orphaned' | 'away'> {
    const resolver = this.configuration.current().resolvers.get(name);
    if (!resolver) return 'orphaned';
    try {
      return await this.directory.byIds(resolver, userIds);
    } catch {
      // One directory that is away must not hide the tokens of all the others.
      return 'away';
    }
  }
}
