import type { AuditContext } from '@app/audit';
import { Invalid, Secret } from '@app/kernel';

import { Outdated, startingOver } from '../administer/starting-over.js';
import type { PasswordHashes } from '../administrators/password-hashes.js';
import type {
  ConfigurationAdministration,
  ConfigurationTransaction,
} from '../configuration-administration.js';
import type { Configuration, ConfigurationSnapshot } from '../configuration.js';
import { checkedSetting } from '../settings/save-settings.js';
import { type ProviderClass, providerClass, providerClassNames } from './provider-classes.js';
import { checkProviderConfig, parseProviderConfig, withStoredSecrets } from './provider-config.js';
import {
  type LegacyProviderKeys,
  type ProviderDefinition,
  type ProviderType,
  defaultProvider,
  defaultProviderKey,
  findProvider,
  legacyKeys,
} from './provider.js';
import { ProviderManaged } from './providers.errors.js';

// What policies separate names with, and what the names of settings end in, is not part of a name.
const NAME = /^[\p{L}\p{N}_](?:[\p{L}\p{N} ._@+-]{0,198}[\p{L}\p{N}_@+-])?$/u;
const RESERVED_ENDING = /\.(Config|Timeout|Managed)$/i;
const SECONDS = /^(\d{1,6}(?:\.\d{1,3})?)(?:\s*,\s*(\d{1,6}(?:\.\d{1,3})?))?$/;
const LONGEST_TIMEOUT_SECONDS = 3_600;

/** A provider as an administrator wants it. */
export interface ProviderWish {
  readonly type: ProviderType;
  readonly name: string;
  readonly className: string;
  readonly timeout: string;
  /** JSON text, in which `mask` stands for what is stored; `null`: as it is. */
  readonly config: string | null;
  readonly mask: string;
  /** Whether it becomes the default of its type; the first of a type does anyhow. */
  readonly isDefault: boolean;
  /** The password of a managed provider, or the one that makes it managed; `null`: none was given. */
  readonly managed: string | null;
}

/** Creates or changes a provider (spec/system-api §6.1). */
export class DefineProvider {
  constructor(
    private readonly configuration: Configuration,
    private readonly administration: ConfigurationAdministration,
    private readonly passwords: PasswordHashes,
  ) {}

  /** @throws Invalid naming the parameter, ProviderManaged, Unavailable */
  async execute(wish: ProviderWish, context: AuditContext): Promise<void> {
    const known = checkedClass(wish);
    await startingOver(this.configuration, async () => {
      const found = findProvider(this.configuration.current(), wish.type, wish.name);
      // Before the transaction: a slow hash must not hold a connection.
      const managedHash = await this.#managedHash(wish, found);
      await this.#commit(wish, known, found?.managedHash ?? null, managedHash, context);
    });
  }

  async #managedHash({ managed }: ProviderWish, found: ProviderDefinition | null): Promise<string | null> {
    const hash = found?.managedHash ?? null;
    if (hash === null) return managed === null ? null : this.passwords.hash(managed);
    if (managed !== null && (await this.passwords.verify(hash, managed))) return hash;
    throw new ProviderManaged('change');
  }

  #commit(
    wish: ProviderWish,
    known: ProviderClass,
    expectedHash: string | null,
    managedHash: string | null,
    context: AuditContext,
  ): Promise<void> {
    return this.administration.change(context, async (configuration) => {
      const { before } = configuration;
      const { type, name, className, timeout } = wish;
      const previous = findProvider(before, type, name);
      if ((previous?.managedHash ?? null) !== expectedHash) throw new Outdated(configuration);
      const config = configOf(wish, known, previous);
      const provider = { type, name, className, timeout, config, managedHash };
      const keys = legacyKeys(type, name);
      if (keys) await saveLegacy(configuration, keys, provider);
      else await configuration.saveProvider(provider);
      if (wish.isDefault || defaultProvider(before, type) === null) {
        await chooseDefault(configuration, type, name);
      }
      return { result: undefined, facts: { succeeded: true, info: name } };
    });
  }
}

/** Names the default provider of a type; `null`: there is none. */
export async function chooseDefault(
  configuration: ConfigurationTransaction,
  type: ProviderType,
  name: string | null,
): Promise<void> {
  const key = defaultProviderKey(type);
  const entry = configuration.before.entries.get(key);
  if ((entry?.value ?? null) === name) return;
  await configuration.saveSetting(key, name === null ? null : { value: name, type: '', description: '' });
}

function checkedClass({ type, name, className, timeout, managed }: ProviderWish): ProviderClass {
  if (!NAME.test(name) || RESERVED_ENDING.test(name)) {
    throw new Invalid(
      'name',
      'name: a provider has up to 200 letters, digits, blanks, and any of ._@+- within',
    );
  }
  const known = providerClass(type, className);
  if (!known) {
    throw new Invalid(
      'class',
      `class: ${type} providers are of class ${providerClassNames(type).join(', ')}`,
    );
  }
  if (known.unsupported !== undefined) {
    throw new Invalid('class', `class: ${known.name} is not supported: ${known.unsupported}`);
  }
  const [, connect = '', read = connect] = SECONDS.exec(timeout.trim()) ?? [];
  const isFine = [connect, read].every((text) => Number(text) > 0 && Number(text) <= LONGEST_TIMEOUT_SECONDS);
  if (!isFine) {
    throw new Invalid(
      'timeout',
      `timeout: seconds above 0, up to ${LONGEST_TIMEOUT_SECONDS}, or connect,read`,
    );
  }
  if (legacyKeys(type, name) && managed !== null) {
    throw new Invalid('managed', `managed: ${name} cannot be a managed provider`);
  }
  return known;
}

function configOf(
  { type, config, mask }: ProviderWish,
  known: ProviderClass,
  previous: ProviderDefinition | null,
): Secret {
  const storedText = previous?.config.use((bytes) => Buffer.from(bytes).toString('utf8')) ?? null;
  const text = config ?? storedText ?? '{}';
  const given = parseProviderConfig(text);
  // Another class may send the same member somewhere else.
  const isSameClass = previous !== null && providerClass(type, previous.className)?.name === known.name;
  const stored = isSameClass ? parsedOrNull(storedText) : null;
  const merged = config === null ? given : withStoredSecrets(given, stored, known.guardsSecrets, mask);
  checkProviderConfig(merged, known);
  return Secret.fromText(merged === given ? text : JSON.stringify(merged));
}

function parsedOrNull(text: string | null) {
  try {
    return text === null ? null : parseProviderConfig(text);
  } catch {
    return null;
  }
}

async function saveLegacy(
  configuration: ConfigurationTransaction,
  keys: LegacyProviderKeys,
  { className, timeout, config }: ProviderDefinition,
): Promise<void> {
  checkedSetting(keys.timeout, timeout);
  await configuration.saveSetting(keys.className, { value: className, type: '', description: '' });
  await configuration.saveSetting(keys.timeout, { value: timeout, type: '', description: '' });
  await configuration.saveSetting(keys.config, { value: config, type: 'encrypted_data', description: '' });
}

/** The settings of the legacy provider that there are. */
export function legacySettings(
  { entries }: Pick<ConfigurationSnapshot, 'entries'>,
  keys: LegacyProviderKeys,
): readonly string[] {
  return [keys.className, keys.config, keys.timeout].filter((key) => entries.has(key));
}
