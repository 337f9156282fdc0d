import type { SettingKind } from './setting-kinds.js';

/** What is known of a setting, or of a family of them. */
export interface CataloguedSetting<T = unknown> {
  /** The family's name has a part in angle brackets. */
  readonly key: string;
  /** The keys of a family. */
  readonly family?: RegExp;
  readonly kind: SettingKind<T>;
  /** What holds where nothing is stored, as text; `null`: nothing does, or `fallbackText` tells. */
  readonly fallback: string | null;
  readonly fallbackText?: string;
  /** Shown among all settings while it is not stored, as LinOTP writes it into a new database. */
  readonly isListed: boolean;
  readonly isSecret: boolean;
  /** One sentence. */
  readonly effect: string;
  /** What acts on it: this release, or what is to come. */
  readonly actedOnBy: string;
}

/** `listed`: written by LinOTP into a new database, and so shown. */
export function listed<T>(
  key: string,
  kind: SettingKind<T>,
  fallback: string,
  actedOnBy: string,
  effect: string,
): CataloguedSetting<T> {
  return { key, kind, fallback, isListed: true, isSecret: false, actedOnBy, effect };
}

export function known<T>(
  key: string,
  kind: SettingKind<T>,
  fallback: string | null,
  actedOnBy: string,
  effect: string,
): CataloguedSetting<T> {
  return { key, kind, fallback, isListed: false, isSecret: false, actedOnBy, effect };
}
