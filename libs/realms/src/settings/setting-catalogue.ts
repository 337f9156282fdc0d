import { ACTED_ON } from './acted-on-settings.js';
import type { CataloguedSetting } from './catalogued-setting.js';
import { OTHER_SETTINGS } from './other-settings.js';

/** Keys that are no settings: where they are changed instead. */
interface ReservedKeys {
  readonly keys: RegExp;
  readonly changedBy: string;
}

/** All of them, in the order of the documentation. */
export const SETTING_CATALOGUE: readonly CataloguedSetting[] = [
  ...Object.values(ACTED_ON),
  ...OTHER_SETTINGS,
];

const RESERVED: readonly ReservedKeys[] = [
  { keys: /^(passwd|ldap|sql|http)resolver\./, changedBy: 'system/setResolver and system/delResolver' },
  { keys: /^useridresolver(\.|$)/, changedBy: 'system/setRealm and system/delRealm' },
  { keys: /^Provider\.Default\./, changedBy: 'system/setDefaultProvider' },
  { keys: /^(SMS|Email|Push|Voice)Provider\./, changedBy: 'system/setProvider and system/delProvider' },
  { keys: /^Policy\.(?!pin_[cns]$)/, changedBy: 'system/setPolicy and system/delPolicy' },
  { keys: /^(license|license_duration|last_nagged)$/, changedBy: 'system/setSupport' },
  { keys: /^(Secret|Public)Key\.Partition\./, changedBy: 'the server alone' },
  { keys: /^(Config|sql_data_model_version)$/, changedBy: 'the server alone' },
];

const BY_KEY = new Map(SETTING_CATALOGUE.filter(({ family }) => !family).map((known) => [known.key, known]));
const FAMILIES = SETTING_CATALOGUE.filter(({ family }) => family);

/** `linotp.X` and `enclinotp.X` are the setting X (spec/system-api §2.3). */
export function settingKey(name: string): string {
  return name.replace(/^(enc)?linotp\./, '');
}

/** @returns `null` for a key that nobody has heard of: it is stored all the same */
export function cataloguedSetting(key: string): CataloguedSetting | null {
  return BY_KEY.get(key) ?? FAMILIES.find(({ family }) => family?.test(key)) ?? null;
}

/** How a key that is no setting is changed; `null`: it is one. */
export function changedElsewhere(key: string): string | null {
  return RESERVED.find(({ keys }) => keys.test(key))?.changedBy ?? null;
}

/** The catalogue as a Markdown table. */
export function settingsTable(): string {
  const rows = SETTING_CATALOGUE.map(({ key, kind, fallback, fallbackText, effect, actedOnBy, isSecret }) => [
    `\`${key}\``,
    isSecret ? 'a text, sealed' : kind.requirement.replace(/^of type '(.*)'$/, '$1'),
    fallbackText ?? (fallback === null ? 'none' : fallback === '' ? 'empty' : `\`${fallback}\``),
    effect,
    actedOnBy,
  ]);
  return [['Key', 'Value', 'Default', 'Effect', 'Acted on by'], Array(5).fill('---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
