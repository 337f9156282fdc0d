import { Occupied, Unavailable } from '@app/kernel';
import { AmbiguousUser, type UserRecord, type UserSearch } from '@app/realms';
import type { Entry } from 'ldapts';

import type { DirectoryObserver } from '../directory-observer.js';
import { ConnectionPool } from './connection-pool.js';
import { Failover } from '../../outbound/failover.js';
import { LdapConnection, type Wanted } from './ldap-connection.js';
import type { LdapServer, LdapSettings } from './ldap-settings.js';
import type { Trust } from './open-socket.js';
import {
  BIND_REFUSALS,
  BaseMissing,
  RESULT,
  ServerOccupied,
  isResult,
  isServerTrouble,
  messageOf,
} from './server-failure.js';
import { type LdapUser, userOf, wantedAttributes } from './user-entries.js';
import {
  ANY_ENTRY,
  type Lookup,
  isWanted,
  lookupById,
  lookupByIds,
  lookupByLogin,
  sameUserId,
  searchFilter,
} from './user-filters.js';

const POOLED = 4;
const LISTINGS = 4;
const IDLE_MS = 60_000;
/** Enough to see that a login is not unique. */
const LOOKUP_SIZE_LIMIT = 10;
const LARGEST_PAGE = 1_000;

interface Server {
  readonly server: LdapServer;
  readonly lookups: ConnectionPool<LdapConnection>;
  /** Apart: somebody who reads a long list slowly keeps nobody from logging in. */
  readonly listings: ConnectionPool<LdapConnection>;
}

/** The users behind one revision of an LDAP resolver. */
export class LdapSource {
  readonly #servers: readonly Server[];
  readonly #failover: Failover<Server>;
  readonly #attributes: readonly string[];

  constructor(
    private readonly resolver: string,
    private readonly settings: LdapSettings,
    private readonly trust: Trust,
    observer: DirectoryObserver,
  ) {
    this.#servers = settings.servers.map((server) => {
      const limits = { idleMs: IDLE_MS, waitMs: settings.connectMs };
      const open = (ms: number) => this.#openForService(server, ms);
      return {
        server,
        lookups: new ConnectionPool(open, { ...limits, connections: POOLED }),
        listings: new ConnectionPool(open, { ...limits, connections: LISTINGS }),
      };
    });
    this.#failover = new Failover(this.#servers, {
      nameOf: ({ server }) => server.uri,
      messageOf,
      isTrouble: isServerTrouble,
      away: ({ server }, error) => observer.serverAway(resolver, server.uri, error),
      back: ({ server }) => observer.serverBack(resolver, server.uri),
    });
    this.#attributes = wantedAttributes(settings);
  }

  /** How long a lookup, or a password check with the lookup before it, takes when every server fails as late as it can. */
  static budgetMs({ servers, connectMs, responseMs, userId }: LdapSettings): number {
    const questions = userId.kind === 'dn' ? 1 : 2;
    return questions * servers.length * (connectMs + responseMs);
  }

  /** @throws Unavailable, AmbiguousUser */
  async byLogin(login: string): Promise<UserRecord | null> {
    if (login === '') return null;
    const users = await this.#find(lookupByLogin(this.settings, login, new Date()));
    const [first] = users;
    if (!first) return null;
    if (users.some(({ record }) => record.userId !== first.record.userId)) throw new AmbiguousUser(login);
    return first.record;
  }

  /** @throws Unavailable */
  async byId(userId: string): Promise<LdapUser | null> {
    const lookup = lookupById(this.settings, userId);
    const [user = null] = lookup ? await this.#find(lookup) : [];
    if (!user || this.settings.userId.kind !== 'dn') return user;
    // A server may write a DN in another way than when it was first seen; the user is the same.
    return { dn: user.dn, record: { ...user.record, userId } };
  }

  /** One question for as many as one filter can name. @throws Unavailable */
  async byIds(userIds: readonly string[]): Promise<ReadonlyMap<string, UserRecord>> {
    const { lookup, alone } = lookupByIds(this.settings, userIds);
    const { users, isComplete } = lookup ? await this.#findAll(lookup) : { users: [], isComplete: true };
    const records = new Map<string, UserRecord>();
    for (const { record } of users) {
      // An id in its very spelling before one that the server takes for the same.
      for (const id of [record.userId, sameUserId(this.settings, record.userId)]) {
        if (!records.has(id)) records.set(id, record);
      }
    }
    const known = new Map<string, UserRecord>();
    const missing = new Set(alone);
    for (const userId of userIds) {
      const record = records.get(userId) ?? records.get(sameUserId(this.settings, userId));
      if (record) known.set(userId, this.settings.userId.kind === 'dn' ? { ...record, userId } : record);
      // Of a server that did not give everything, nobody is missing for certain.
      else if (!isComplete) missing.add(userId);
    }
    for (const userId of missing) {
      const user = await this.byId(userId);
      if (user) known.set(userId, user.record);
    }
    return known;
  }

  /**
   * Lists users page by page. Another server is tried as long as nothing has come.
   * @returns whether the server may know more than it gives to this account
   * @throws Unavailable
   */
  async *search(search: UserSearch): AsyncGenerator<readonly UserRecord[], boolean> {
    const { settings } = this;
    const wanted = {
      base: settings.base,
      scope: 'sub' as const,
      filter: searchFilter(settings, search, new Date()),
      attributes: this.#attributes,
    };
    const pageSize = Math.min(LARGEST_PAGE, Math.max(1, Math.floor(settings.sizeLimit / 4)));
    const listing = await this.#ask(({ listings }) =>
      listings.borrow(async (connection) => {
        const pages = connection.pages(wanted, pageSize, settings.sizeLimit);
        return { pages, first: await pages.next() };
      }),
    );
    const { pages, first } = listing.result;
    const isRight = isWanted(settings, search);
    let isComplete = false;
    try {
      let page = first;
      for (; page.done !== true; page = await this.#next(pages)) {
        yield usersOf(page.value, settings).flatMap(({ record }) => (isRight(record) ? [record] : []));
      }
      isComplete = true;
      return page.value;
    } finally {
      // The server still remembers how far the list went.
      if (!isComplete) listing.connection.close();
      listing.giveBack();
    }
  }

  /**
   * Binds as the user, on a connection of its own. An account that the server refuses for any reason has no password here.
   * @throws Unavailable when no server says yes or no
   */
  async hasPassword(userId: string, password: string): Promise<boolean> {
    // RFC 4513 §5.1.2: a bind without a password succeeds, and proves nothing.
    if (password === '') return false;
    const dn = this.settings.userId.kind === 'dn' ? userId : (await this.byId(userId))?.dn;
    // §5.1.1: so does one without a name. What has no `=` is no DN, but might be the name of a mechanism.
    if (!dn?.includes('=')) return false;
    const { connectMs, responseMs } = this.settings;
    return this.#ask(async ({ server }) => {
      const connection = await LdapConnection.open(server, this.trust, connectMs, responseMs);
      try {
        await connection.bind(dn, password);
        return true;
      } catch (error) {
        if (isResult(error, ...BIND_REFUSALS)) return false;
        throw error;
      } finally {
        connection.close();
      }
    });
  }

  /** @throws Error that says what is wrong, as a server or the network put it */
  async connect(): Promise<void> {
    await this.#failover.ask(({ lookups }) => lookups.use(async () => undefined));
  }

  close(): void {
    for (const { lookups, listings } of this.#servers) {
      lookups.close();
      listings.close();
    }
  }

  async #find(lookup: Lookup): Promise<LdapUser[]> {
    const wanted = { ...lookup, attributes: this.#attributes };
    const entries = await this.#ask(({ lookups }) =>
      lookups.use((connection) =>
        connection.search(wanted, LOOKUP_SIZE_LIMIT).catch(async (error: unknown) => {
          // Only here: a bind that is refused with the same result, or a base that is not there, says nothing of a user.
          if (lookup.scope !== 'base' || !isResult(error, ...this.#noEntry)) throw error;
          // A server without the users' tree, or that hides it, says the same: it fails here, and the next one is asked.
          const base = await connection.search(this.#baseItself, 1).catch((unseen: unknown) => {
            if (isResult(unseen, RESULT.noSuchObject)) return [];
            throw unseen;
          });
          if (base.length === 0) throw new BaseMissing('the server shows no entry for the base');
          return [];
        }),
      ),
    );
    return usersOf(entries, this.settings);
  }

  async #findAll(lookup: Lookup): Promise<{ users: LdapUser[]; isComplete: boolean }> {
    const wanted = { ...lookup, attributes: this.#attributes };
    const { entries, isTruncated } = await this.#ask(({ lookups }) =>
      lookups.use(async (connection) => {
        const pages = connection.pages(wanted, LARGEST_PAGE, LARGEST_PAGE);
        const found: Entry[] = [];
        let page = await pages.next();
        for (; page.done !== true; page = await pages.next()) found.push(...page.value);
        return { entries: found, isTruncated: page.value };
      }),
    );
    return { users: usersOf(entries, this.settings), isComplete: !isTruncated };
  }

  get #baseItself(): Wanted {
    return { base: this.settings.base, scope: 'base', filter: ANY_ENTRY, attributes: ['1.1'] };
  }

  /** What a server answers when it is asked for an entry that it has not. */
  get #noEntry(): readonly number[] {
    // Where the base is no DN by RFC 4514 but `<guid=…>`, a complaint about its syntax is about the server's abilities.
    const { userId } = this.settings;
    return userId.kind === 'dn' ? [RESULT.noSuchObject, RESULT.invalidDnSyntax] : [RESULT.noSuchObject];
  }

  async #ask<T>(question: (server: Server) => Promise<T>): Promise<T> {
    try {
      return await this.#failover.ask(question);
    } catch (cause) {
      const errors: readonly unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
      // Neither says that a server is in trouble.
      if (errors.some((error) => error instanceof ServerOccupied || error instanceof BaseMissing)) {
        throw new Occupied(`resolver ${this.resolver}: its LDAP servers cannot answer this now`, { cause });
      }
      throw new Unavailable(`resolver ${this.resolver}: no LDAP server answers as it should`, { cause });
    }
  }

  async #next(pages: AsyncGenerator<Entry[], boolean>): Promise<IteratorResult<Entry[], boolean>> {
    try {
      return await pages.next();
    } catch (cause) {
      throw new Unavailable(`resolver ${this.resolver}: an LDAP server broke a list off`, { cause });
    }
  }

  async #openForService(server: LdapServer, ms: number): Promise<LdapConnection> {
    const { bindDn, bindPassword, responseMs } = this.settings;
    const startedAt = Date.now();
    const connection = await LdapConnection.open(server, this.trust, ms, responseMs);
    try {
      const password = bindPassword?.use((bytes) => Buffer.from(bytes).toString('utf8')) ?? '';
      await connection.bind(
        bindDn,
        bindDn === '' ? '' : password,
        Math.max(1, ms - (Date.now() - startedAt)),
      );
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }
}

function usersOf(entries: readonly Entry[], settings: LdapSettings): LdapUser[] {
  return entries.flatMap((entry) => userOf(entry, settings) ?? []);
}
