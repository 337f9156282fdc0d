import type { AuditContext } from '@app/audit';
import { Invalid, Secret } from '@app/kernel';

import type { ConfigurationAdministration } from '../configuration-administration.js';
import type { ConfigurationSnapshot, SettingEntry } from '../configuration.js';
import { isSecretName } from '../secret-names.js';
import { ACTED_ON } from './acted-on-settings.js';
import { cataloguedSetting, changedElsewhere, settingKey } from './setting-catalogue.js';
import { PROXIES } from './setting-kinds.js';
import { SettingChangedElsewhere, TooManySettings, UnfitSetting } from './settings.errors.js';

const LONGEST_KEY = 255;
const LONGEST_VALUE = 20_000;
const LONGEST_NOTE = 2_000;
const MOST_SETTINGS = 2_000;
const SEALED_TYPE = 'encrypted_data';
const CONTROL_CHARACTER = /\p{Cc}/u;

/** Names of hosts, as this node resolves them. */
export abstract class HostNames {
  /** Addresses; none where the name is unknown, or nobody answers in time. Never throws. */
  abstract addresses(name: string): Promise<readonly string[]>;
}

/** A setting as an administrator wants it. */
export interface SettingWish {
  /** As given, with or without `linotp.`. */
  readonly name: string;
  /** `null`: the secret that is stored stays. */
  readonly value: string | null;
  /** `null`: none was given. */
  readonly type: string | null;
  readonly description: string | null;
}

/** What became of one. */
export interface SavedSetting {
  readonly name: string;
  /** It cannot be read back, nor be shown. */
  readonly isSealed: boolean;
}

/** Stores settings, all or none (spec/system-api §2.1, §2.4). */
export class SaveSettings {
  constructor(
    private readonly administration: ConfigurationAdministration,
    private readonly hostNames: HostNames,
  ) {}

  /**
   * @param inRecord what the record says, made of `name=value` each; secrets are `***`
   * @returns in the order of the wishes
   * @throws UnfitSetting, SettingChangedElsewhere, TooManySettings, Invalid, Unavailable
   */
  async execute(
    wishes: readonly SettingWish[],
    inRecord: (pairs: readonly string[]) => string,
    context: AuditContext,
  ): Promise<readonly SavedSetting[]> {
    for (const wish of wishes) checkBounds(wish);
    // Outside of the transaction: no lock is held while names are asked for.
    for (const { name, value } of wishes) await this.#checkHosts(settingKey(name), value ?? '');
    return this.administration.change(context, async (configuration) => {
      const { before } = configuration;
      const saved: SavedSetting[] = [];
      const pairs: string[] = [];
      const keys = new Set(before.entries.keys());
      for (const wish of wishes) {
        const key = settingKey(wish.name);
        const entry = entryOf(key, wish, before);
        const isSealed = entry !== null && entry.value instanceof Secret;
        saved.push({ name: wish.name, isSealed });
        // Not all secrets come with a type that says so.
        const isHidden = isSealed || isSecretName(key);
        pairs.push(`${wish.name}=${isHidden ? '***' : (wish.value ?? '')}`);
        await configuration.saveSetting(key, entry);
        keys.add(key);
      }
      if (keys.size > MOST_SETTINGS && keys.size > before.entries.size) {
        throw new TooManySettings(MOST_SETTINGS);
      }
      return { result: saved, facts: { succeeded: true, info: inRecord(pairs) } };
    });
  }

  async #checkHosts(key: string, value: string): Promise<void> {
    if (key !== ACTED_ON.proxies.key) return;
    for (const { base, isName } of PROXIES.parse(value) ?? []) {
      if (isName && (await this.hostNames.addresses(base)).length === 0) {
        throw new UnfitSetting(key, `be ${PROXIES.requirement}`);
      }
    }
  }
}

/** @throws UnfitSetting for a value that a known setting cannot have */
export function checkedSetting(key: string, value: string): void {
  const known = cataloguedSetting(key);
  // Empty means the default.
  if (!known || value === '' || known.kind.parse(value) !== undefined) return;
  throw new UnfitSetting(key, `be ${known.kind.requirement}`);
}

function checkBounds({ name, value, type, description }: SettingWish): void {
  const key = settingKey(name);
  if (key === '' || key.length > LONGEST_KEY || CONTROL_CHARACTER.test(key)) {
    throw new Invalid(
      'key',
      `a setting has a name of 1 to ${LONGEST_KEY} characters, none of them a control character`,
    );
  }
  const changedBy = changedElsewhere(key);
  if (changedBy !== null) throw new SettingChangedElsewhere(key, changedBy);
  if ((value ?? '').length > LONGEST_VALUE) {
    throw new UnfitSetting(key, `have at most ${LONGEST_VALUE} characters`);
  }
  for (const note of [type, description]) {
    if ((note ?? '').length > LONGEST_NOTE) {
      throw new UnfitSetting(key, `have a type and a description of at most ${LONGEST_NOTE} characters`);
    }
  }
  if (value !== null) checkedSetting(key, value);
}

/** `null`: it is as good as not stored. */
function entryOf(key: string, wish: SettingWish, before: ConfigurationSnapshot): SettingEntry | null {
  const stored = before.entries.get(key);
  const type = wish.type ?? stored?.type ?? '';
  const description = wish.description ?? stored?.description ?? '';
  if (wish.value === null) {
    if (stored?.value instanceof Secret) return { value: stored.value, type: stored.type, description };
    throw new UnfitSetting(key, 'be given: nothing secret is stored that the mask stands for');
  }
  if (key === ACTED_ON.defaultRealm.key) return realmEntry(key, wish.value, before);
  // What was sealed stays so, unless another type says otherwise: a new password often comes without its type.
  const isSealed = cataloguedSetting(key)?.isSecret === true || isSealedType(type);
  return isSealed && wish.value !== ''
    ? { value: Secret.fromText(wish.value), type: SEALED_TYPE, description }
    : { value: wish.value, type, description };
}

function isSealedType(type: string): boolean {
  return ['password', SEALED_TYPE].includes(type.trim().toLowerCase());
}

function realmEntry(key: string, value: string, { realms }: ConfigurationSnapshot): SettingEntry | null {
  const realm = value.trim().toLowerCase();
  if (realm === '') return null;
  if (!realms.has(realm)) throw new UnfitSetting(key, 'name a realm that exists');
  return { value: realm, type: '', description: '' };
}
