import { join } from 'node:path';

import { plainToInstance } from 'class-transformer';
import { IsOptional, validateSync } from 'class-validator';
import type { ClientConfig } from 'pg';

import type { AuditStream } from './audit-streams.js';
import { checkoutFolder, usualDataFolder } from './data-folder.js';
import { Networks } from './networks.js';
import type { ControllerEntry } from './served-controllers.js';
import { SETTING_DEFINITIONS, type SettingDefinition } from './setting-definitions.js';
import {
  AuditStreamList,
  ControllerList,
  DatabaseServers,
  Flag,
  Level,
  type LogLevel,
  LowerCaseText,
  NetworkList,
  OneOf,
  Path,
  Text,
  WholeNumber,
} from './setting-values.js';
import { SettingsError } from './settings-error.js';

export { SettingsError } from './settings-error.js';

const DAY_SECONDS = 86_400;
const MOST_RETENTION_DAYS = 36_500;
const MOST_FAILURES = 1_000_000;
const YEAR_SECONDS = 31_536_000;
const NAME = /^[\w.-]+$/;
const LOOPBACK = Networks.parse(['127.0.0.0/8', '::1']);

/** What is fixed while a process runs, read once from its environment; frozen. Also the injection token. */
export class Settings {
  @Text(/^[\w.:%-]+$/, 'must be an address or a host name')
  readonly host!: string;

  @WholeNumber(0, 65_535)
  readonly port!: number;

  @Path()
  readonly dataFolder!: string;

  /** In order of preference; `null`: the embedded one. */
  @IsOptional()
  @DatabaseServers()
  readonly databaseServers!: readonly ClientConfig[] | null;

  @Path()
  readonly keyringFile!: string;

  @NetworkList()
  readonly trustedProxies!: Networks;

  /** Whether the stored setting `mayOverwriteClient` counts. */
  @Flag()
  readonly takesClientFromParameter!: boolean;

  /** Set together with `tlsKeyFile`, or neither is. */
  @IsOptional()
  @Path()
  readonly tlsCertificateFile!: string | null;

  @IsOptional()
  @Path()
  readonly tlsKeyFile!: string | null;

  /** Authorities of directory servers; `null`: the system's. */
  @IsOptional()
  @Path()
  readonly trustedCertificatesFile!: string | null;

  /** Who may vouch for security keys; `null`: anybody. */
  @IsOptional()
  @Path()
  readonly keyMakersFile!: string | null;

  @WholeNumber(1, 300)
  readonly deliverySeconds!: number;

  @WholeNumber(1, 120)
  readonly forwardSeconds!: number;

  @Text(/^[\x20-\x7e]{1,253}$/, 'must be 1 to 253 characters of ASCII')
  readonly radiusNasIdentifier!: string;

  @Path()
  readonly mailTemplateFolder!: string;

  /** Where the heads of the audit trail are kept outside the database. */
  @Path()
  readonly auditHeadsFolder!: string;

  /** 0: SIGTERM stops at once. */
  @WholeNumber(0, 300)
  readonly drainSeconds!: number;

  @Flag()
  readonly allowsPlainHttp!: boolean;

  @IsOptional()
  @Path()
  readonly adminPasswordFile!: string | null;

  @Level()
  readonly logLevel!: LogLevel;

  /** e.g. `LinOTP 3.4.4` */
  @Text(/^[\w.-]+ \d[\w.+-]*$/, 'must have the form "<word> <version>"')
  readonly versionText!: string;

  @Flag()
  readonly servesOldClients!: boolean;

  @NetworkList()
  readonly noSessionCheck!: Networks;

  /** In lower case, as Node names headers. */
  @IsOptional()
  @LowerCaseText(/^[\w-]+$/, 'must be the name of a header')
  readonly proxyUserHeader!: string | null;

  @IsOptional()
  @Path()
  readonly metricsTokenFile!: string | null;

  @AuditStreamList()
  readonly auditStreams!: readonly AuditStream[];

  /** Records that may wait for each of them. */
  @WholeNumber(100, 1_000_000)
  readonly auditStreamRecords!: number;

  @OneOf(['always', 'generated'])
  readonly enrolmentEcho!: 'always' | 'generated';

  /** How large a file of tokens may be. */
  @WholeNumber(1, 512)
  readonly tokenFileMebibytes!: number;

  @WholeNumber(1, 10_000_000)
  readonly tokenFileTokens!: number;

  /** Failures in a row that lock a token, if its own limit does not. */
  @WholeNumber(1, MOST_FAILURES)
  readonly mostFailures!: number;

  /** 0: there are no delays. */
  @WholeNumber(0, MOST_FAILURES)
  readonly firstDelayedFailure!: number;

  @WholeNumber(1, DAY_SECONDS)
  readonly firstDelaySeconds!: number;

  @WholeNumber(1, DAY_SECONDS)
  readonly longestDelaySeconds!: number;

  /** A second, of one client; 0: however many there are. */
  @WholeNumber(0, 1_000_000)
  readonly recordedMisses!: number;

  /** For the database, as far as it can be told as a login comes. */
  @WholeNumber(10, 60_000)
  readonly longestLoginWaitMs!: number;

  /** For an answer of the database, however often a login needs one. */
  @WholeNumber(200, 60_000)
  readonly longestDatabaseWaitMs!: number;

  /** 0: records stay. */
  @WholeNumber(0, MOST_RETENTION_DAYS)
  readonly auditRetentionDays!: number;

  @WholeNumber(1, YEAR_SECONDS)
  readonly sessionSeconds!: number;

  @WholeNumber(0, YEAR_SECONDS)
  readonly sessionRenewalSeconds!: number;

  @Flag()
  readonly endsSessionWithBrowser!: boolean;

  @Flag()
  readonly takesCsrfTokenFromForm!: boolean;

  /** `null`: when the request came by HTTPS. */
  @IsOptional()
  @Flag()
  readonly marksCookiesSecure!: boolean | null;

  @LowerCaseText(NAME, 'must consist of letters, digits, "_", "-" and "."')
  readonly adminRealm!: string;

  @Text(NAME, 'must consist of letters, digits, "_", "-" and "."')
  readonly adminResolver!: string;

  @ControllerList()
  readonly enabledControllers!: readonly ControllerEntry[];

  @ControllerList()
  readonly disabledControllers!: readonly ControllerEntry[];

  // Neither `//host` nor `/\host`, which browsers take for another site, nor `/` itself, which would go round.
  @IsOptional()
  @Text(/^(\/[\w.~!$&'()*+,;=:@%?#-]|https?:\/\/)[\x21-\x7e]*$/, 'must be a path or an http(s) URL')
  readonly siteRootRedirect!: string | null;

  /** For the log at start: what was set and is not used. */
  readonly notices: readonly string[] = [];

  /** `3.4.4` of `LinOTP 3.4.4` */
  get versionNumber(): string {
    return this.versionText.slice(this.versionText.indexOf(' ') + 1);
  }

  /** Where the embedded database lives. */
  get embeddedFolder(): string {
    return join(this.dataFolder, 'postgres');
  }
}

interface Found {
  readonly definition: SettingDefinition;
  /** The variable it came from; the setting's own name where none is set. */
  readonly variable: string;
  /** `null`: unset. */
  readonly text: string | null;
  readonly notices: readonly string[];
}

/**
 * Reads all settings; nothing else in the product reads the environment. An empty variable counts as unset.
 *
 * @param usualData the data folder when TWINLOCK_DATA is unset
 * @throws SettingsError for the first value that cannot be used
 */
export function readSettings(
  env: NodeJS.ProcessEnv,
  usualData: () => string = () => usualDataFolder(checkoutFolder(), process.getuid?.()),
): Settings {
  const found = SETTING_DEFINITIONS.map((definition) => find(env, definition));
  const texts: Record<string, string | null> = Object.fromEntries(
    found.map(({ definition, text }) => [definition.property, text ?? definition.fallback]),
  );
  texts['dataFolder'] ??= usualData();
  texts['keyringFile'] ??= join(texts['dataFolder'], 'keyring.json');
  texts['mailTemplateFolder'] ??= join(texts['dataFolder'], 'mailtemplates');
  texts['auditHeadsFolder'] ??= join(texts['dataFolder'], 'audit-heads');

  const notices = Object.freeze(found.flatMap((one) => one.notices));
  const settings = Object.assign(plainToInstance(Settings, texts), { notices });
  const variableOf = (property: string) =>
    found.find(({ definition }) => definition.property === property)?.variable ?? property;

  const [refused] = validateSync(settings, { validationError: { target: false, value: false } });
  if (refused) {
    const [problem = 'cannot be used'] = Object.values(refused.constraints ?? {});
    throw new SettingsError(variableOf(refused.property), problem);
  }
  refuseContradictions(settings, variableOf);
  Object.freeze(settings.databaseServers);
  return Object.freeze(settings);
}

function find(env: NodeJS.ProcessEnv, definition: SettingDefinition): Found {
  const notices: string[] = [];
  for (const variable of [definition.name, ...definition.aliases]) {
    const text = env[variable]?.trim();
    if (text === undefined || (text === '' && !definition.takesEmpty)) continue;
    if (variable === definition.name || (definition.understandsAlias?.(text) ?? true)) {
      return { definition, variable, text, notices };
    }
    notices.push(`${variable} means nothing to Twinlock and is not used`);
  }
  return { definition, variable: definition.name, text: null, notices };
}

function refuseContradictions(settings: Settings, variableOf: (property: keyof Settings) => string): void {
  const { tlsCertificateFile, tlsKeyFile, trustedProxies } = settings;
  if (tlsCertificateFile !== null && tlsKeyFile === null) {
    throw new SettingsError(variableOf('tlsCertificateFile'), 'needs TWINLOCK_TLS_KEY');
  }
  if (tlsKeyFile !== null && tlsCertificateFile === null) {
    throw new SettingsError(variableOf('tlsKeyFile'), 'needs TWINLOCK_TLS_CERT');
  }
  if (settings.proxyUserHeader !== null && trustedProxies.isEmpty) {
    throw new SettingsError(variableOf('proxyUserHeader'), 'needs TWINLOCK_TRUSTED_PROXIES');
  }
  const isLocal = settings.host === 'localhost' || LOOPBACK.includes(settings.host);
  if (!isLocal && tlsKeyFile === null && trustedProxies.isEmpty && !settings.allowsPlainHttp) {
    throw new SettingsError(
      variableOf('host'),
      'lets others in by plain HTTP: set TWINLOCK_TLS_CERT and TWINLOCK_TLS_KEY, or TWINLOCK_TRUSTED_PROXIES, or TWINLOCK_ALLOW_PLAIN_HTTP',
    );
  }
}

/** A setting as an operator may see it: no password in it. */
export interface ShownSetting {
  readonly name: string;
  /** Empty: nothing is set, and nothing is the default. */
  readonly value: string;
  readonly isModified: boolean;
}

/** All settings by name, in the order of the documentation. @throws SettingsError as `readSettings` */
export function listSettings(env: NodeJS.ProcessEnv): readonly ShownSetting[] {
  const settings = readSettings(env);
  return SETTING_DEFINITIONS.map((definition) => {
    const { text } = find(env, definition);
    const { property } = definition;
    const fallback = isDerived(property) ? settings[property] : (definition.fallback ?? '');
    const value = text === null ? fallback : (definition.shown?.(text) ?? text);
    return { name: definition.name, value, isModified: text !== null };
  });
}

const DERIVED = ['dataFolder', 'keyringFile', 'mailTemplateFolder', 'auditHeadsFolder'] as const;

/** Whether what it is by default depends on where Twinlock runs. */
function isDerived(property: string): property is (typeof DERIVED)[number] {
  return DERIVED.some((derived) => derived === property);
}

/** The settings as a Markdown table. */
export function settingsTable(): string {
  const rows = SETTING_DEFINITIONS.map(({ name, aliases, fallback, fallbackText, meaning }) => [
    [name, ...aliases].map((variable) => `\`${variable}\``).join(', '),
    fallbackText ?? (fallback === null ? 'none' : `\`${fallback}\``),
    meaning,
  ]);
  return [['Variable', 'Default', 'Meaning'], ['---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
