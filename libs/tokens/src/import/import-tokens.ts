import type { AuditContext, AuditFacts, Audited } from '@app/audit';
import type { RandomSource } from '@app/kernel';
import type { ConfigurationSnapshot, FindUser } from '@app/realms';

import {
  demandRoomInRealms,
  demandWithinLimitsOfEach,
  demandWithinRealmLimits,
  holdLimitedOwners,
  joinedBy,
} from '../administer/limits/token-limits.js';
import { countedChange } from '../report/report-change.js';
import type { Token } from '../token.js';
import type { TokenAdministration, TokenTransaction } from '../token-administration.js';
import { tokenType } from '../types/registry.js';
import { shown } from './file-values.js';
import { fileOwners } from './import-owners.js';
import { ImportPlan } from './import-plan.js';
import type { ImportRights } from './import-rights.js';
import { TokenFileRefused } from './import.errors.js';
import { type NoteList, Notes } from './notes.js';
import { readTokenFile, type TokenFile } from './read-token-file.js';
import type { FileToken, TokenFileFormat, TokenFileOptions } from './token-file.js';

export interface TokenImport {
  readonly format: TokenFileFormat;
  readonly text: string;
  readonly options: TokenFileOptions;
  /** A file with more is refused. */
  readonly mostTokens: number;
  /** What records call the file. */
  readonly fileName: string;
  /** Into which all tokens are put, beside those of their owners; `null`: none is named. */
  readonly realm: string | null;
  /** `null`: new tokens are, others stay as they are. */
  readonly active: boolean | null;
  /** Tokens that there are already are enrolled anew; otherwise they are in the way. */
  readonly overwrites: boolean;
  /** Does everything, and takes it back. */
  readonly isDryRun: boolean;
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the import before it is committed. */
  readonly signal?: AbortSignal;
}

export interface ImportedTokens {
  readonly created: number;
  /** Of those that there were before. */
  readonly renewed: number;
  readonly skipped: NoteList;
}

const AT_ONCE = 500;
// The text of the record of all holds no more of them.
const SERIALS_IN_RECORD = 50;

/** Puts the tokens of a file into the database: all of them, or none (spec/token-types §22, spec/admin-api §3.24). */
export class ImportTokens {
  constructor(
    private readonly administration: TokenAdministration,
    private readonly findUser: FindUser,
    private readonly random: RandomSource,
  ) {}

  /**
   * @throws TokenFileRefused with the lines; NoTargetRealm; ImportDenied, TokenDenied, EnrolmentDenied,
   *         UserTokensExceeded, RealmTokensExceeded; Unavailable; the signal's reason
   */
  async execute(
    wish: TokenImport,
    configuration: ConfigurationSnapshot,
    rights: ImportRights,
    context: AuditContext,
  ): Promise<ImportedTokens> {
    rights.demandAnywhere();
    const file = await readTokenFile(wish.format, wish.text, wish.options, wish.mostTokens);
    const plan = new ImportPlan({
      tokens: file.tokens,
      owners: await fileOwners(file.tokens, this.findUser, configuration, rights),
      configuration,
      rights,
      realm: wish.realm,
      active: wish.active,
      client: context.client,
      random: this.random,
    });
    await plan.check();
    try {
      return await this.administration.change(context, (tokens) =>
        new ImportRun({ tokens, wish, file, plan, rights, configuration, context }).execute(),
      );
    } catch (error) {
      if (error instanceof TakenBack) return error.result;
      throw error;
    }
  }
}

/** The end of a dry run. */
class TakenBack extends Error {
  constructor(readonly result: ImportedTokens) {
    super('nothing was kept');
  }
}

interface ImportRunParts {
  readonly tokens: TokenTransaction;
  readonly wish: TokenImport;
  readonly file: TokenFile;
  readonly plan: ImportPlan;
  readonly rights: ImportRights;
  readonly configuration: ConfigurationSnapshot;
  readonly context: AuditContext;
}

/** One try, within one transaction. */
class ImportRun {
  #done = 0;
  /** What makes realms fuller. */
  readonly #joined: Pick<Token, 'active' | 'realms'>[] = [];
  readonly #touched = new DistinctRealms();

  constructor(private readonly parts: ImportRunParts) {}

  async execute(): Promise<Audited<ImportedTokens>> {
    const { tokens, wish, file, plan } = this.parts;
    const existing = await tokens.idsOf(file.tokens.map(({ serial }) => serial));
    if (!wish.overwrites) this.#refuseExisting(existing);
    // Rows are locked first and what is counted after them, as everywhere.
    await this.#renew(existing);
    const added = file.tokens.filter(({ serial }) => !existing.has(serial));
    const holders = plan.holders(tokens.now);
    await holdLimitedOwners(tokens, holders);
    await this.#refuseTooMany(added);
    await this.#create(added);
    await demandWithinLimitsOfEach(tokens, holders);
    await demandWithinRealmLimits(tokens, this.#joined, plan.policiesOf(null, tokens.now), 'import');
    const result = { created: added.length, renewed: existing.size, skipped: file.skipped };
    wish.signal?.throwIfAborted();
    if (wish.isDryRun) throw new TakenBack(result);
    return { result, facts: await this.#facts() };
  }

  /** @throws TokenFileRefused */
  #refuseExisting(existing: ReadonlyMap<string, number>): void {
    if (existing.size === 0) return;
    const problems = new Notes();
    for (const { serial, line } of this.parts.file.tokens) {
      if (existing.has(serial)) {
        problems.add({
          line,
          reason: `token ${shown(serial)} exists already, and overwriting was not asked for`,
        });
      }
    }
    throw new TokenFileRefused(problems.notes, problems.count);
  }

  /** Before the work is done for nothing. @throws RealmTokensExceeded */
  async #refuseTooMany(added: readonly FileToken[]): Promise<void> {
    const { tokens, plan, wish } = this.parts;
    if (wish.active === false) return;
    const counts = new Map<string, number>();
    for (const token of added) {
      for (const realm of plan.realmsOf(token)) counts.set(realm, (counts.get(realm) ?? 0) + 1);
    }
    await demandRoomInRealms(tokens, counts, plan.policiesOf(null, tokens.now), 'import');
  }

  /** In order of id, so that logins that lock the same rows never wait in a circle. @throws TokenFileRefused, EnrolmentDenied */
  async #renew(existing: ReadonlyMap<string, number>): Promise<void> {
    if (existing.size === 0) return;
    const { tokens, plan, rights, file } = this.parts;
    const bySerial = new Map(file.tokens.map((token) => [token.serial, token]));
    const ids = [...existing.values()].toSorted((one, other) => one - other);
    const problems = new Notes();
    for (let start = 0; start < ids.length; start += AT_ONCE) {
      for (const before of await tokens.lock(ids.slice(start, start + AT_ONCE))) {
        const token = bySerial.get(before.serial);
        if (!token) continue;
        rights.demandAnew(token, before);
        if (before.type !== token.type) {
          const [is, wanted] = [tokenType(before.type), tokenType(token.type)].map(({ label }) => label);
          problems.add({
            line: token.line,
            reason: `token ${shown(token.serial)} exists already with type ${is}, and cannot become one of type ${wanted}`,
          });
          continue;
        }
        const changes = plan.renewed(token, before, tokens.now);
        await tokens.update(before.id, changes);
        this.#joined.push(joinedBy({ ...before, ...changes }, before));
        this.#touched.add(before, { ...before, ...changes });
        this.#progress(1);
      }
    }
    if (problems.count > 0) throw new TokenFileRefused(problems.notes, problems.count);
  }

  async #create(added: readonly FileToken[]): Promise<void> {
    const { tokens, plan } = this.parts;
    for (let start = 0; start < added.length; start += AT_ONCE) {
      const created = added.slice(start, start + AT_ONCE).map((token) => plan.created(token, tokens.now));
      await tokens.insertAll(created);
      this.#touched.add(...created);
      this.#joined.push({ active: true, realms: realmsOf(created.filter(({ active }) => active)) });
      this.#progress(created.length);
    }
  }

  #progress(count: number): void {
    const { wish, file } = this.parts;
    wish.signal?.throwIfAborted();
    this.#done += count;
    wish.onProgress?.(this.#done, file.tokens.length);
  }

  async #facts(): Promise<AuditFacts> {
    const { tokens, file, plan, wish, configuration, context } = this.parts;
    const imported = file.tokens;
    const realms =
      wish.realm === null
        ? realmsOf(imported.map((token) => ({ realms: plan.realmsOf(token) })))
        : [wish.realm];
    return {
      succeeded: true,
      serial: imported
        .slice(0, SERIALS_IN_RECORD)
        .map(({ serial }) => serial)
        .join(', '),
      tokenType: [...new Set(imported.map(({ type }) => tokenType(type).label))].join(', '),
      user: '',
      realm: realms.join(', '),
      info: `${wish.format.name}, ${wish.fileName} (imported: ${imported.length})`,
      each: imported.map((token) => ({
        serial: token.serial,
        tokenType: tokenType(token.type).label,
        user: plan.loginOf(token),
        realm: plan.realmsOf(token).join(' '),
      })),
      detail: await countedChange(tokens, { touched: this.#touched.list, configuration, context }),
    };
  }
}

/** The realms of very many tokens, each combination once. */
class DistinctRealms {
  readonly #seen = new Map<string, Pick<Token, 'realms'>>();

  add(...tokens: readonly Pick<Token, 'realms'>[]): void {
    for (const { realms } of tokens) this.#seen.set(realms.join(), { realms });
  }

  get list(): readonly Pick<Token, 'realms'>[] {
    return [...this.#seen.values()];
  }
}

function realmsOf(tokens: readonly { readonly realms: readonly string[] }[]): readonly string[] {
  return [...new Set(tokens.flatMap(({ realms }) => realms))].toSorted();
}
