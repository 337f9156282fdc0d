import type { Secret } from '@app/kernel';
import type { PolicySet } from '@app/policies';

import type { OtpMessageKind } from './providers/message-gateway.js';
import type { ProviderDefinition } from './providers/provider.js';
import type { ResolverDefinition } from './resolver.js';
import type { NetworkEntry } from './settings/setting-kinds.js';

export interface RealmDefinition {
  /** Lower case. */
  readonly name: string;
  /** Names of resolvers, in search order. */
  readonly resolvers: readonly string[];
}

/** What administrators set at run time and this release acts on, with the defaults of spec/system-api §2.5. */
export interface Settings {
  readonly defaultRealm: string | null;
  readonly splitAtSign: boolean;
  readonly prependPin: boolean;
  readonly defaultOtpLength: number;
  readonly defaultMaxFailures: number;
  readonly defaultLookAhead: number;
  readonly defaultSyncWindow: number;
  /** Whether an accepted login sets failure counters to zero. */
  readonly resetsFailures: boolean;
  /** How long the first of two OTPs is remembered that find a token again; `null`: none is. */
  readonly autoResyncSeconds: number | null;
  readonly acceptsUnknownUsers: boolean;
  readonly acceptsUsersWithoutToken: boolean;
  readonly tellsSamlAttributes: boolean;
  /** How exactly the time of a token's last use is kept, as a format of `strftime`; `null`: not at all. */
  readonly accessTimeFormat: string | null;
  readonly challenges: ChallengeSettings;
  readonly servers: ServerSettings;
  /** Of the TANs of new tokens with a paired device. */
  readonly tanDigits: number;
  /** How long such a device can be paired. */
  readonly pairingSeconds: number;
  readonly totpStepSeconds: number;
  readonly totpWindowSeconds: number;
  readonly totpShiftSeconds: number;
  readonly ocra: OcraSettings;
  readonly pageSize: number;
  /** Error ids that `httperror` applies to; `null`: all. */
  readonly httpErrorIds: readonly string[] | null;
  /** Which proxies name the client, and how: only where the installation's own settings trust none. */
  readonly forwarding: {
    readonly proxies: readonly NetworkEntry[];
    readonly readsXForwardedFor: boolean;
    readonly readsForwarded: boolean;
  };
  /** Clients that may name another one in a parameter. */
  readonly clientNamers: readonly NetworkEntry[];
  /** How long users who were looked up, or not found, may be remembered; 0: not at all. */
  readonly userCacheSeconds: number;
  /** Whether administrators may have OTPs computed. */
  readonly tellsOtps: boolean;
  /** In Python's numbers; `null`: as the installation's own settings say. */
  readonly logLevel: number | null;
  readonly selfService: {
    /** Whether a login is told all realms, and asked for its own. */
    readonly asksForRealm: boolean;
    /** How long a session lasts, however it is used. */
    readonly sessionSeconds: number;
  };
}

/** By what servers are asked that know the OTPs of tokens. */
export interface ServerSettings {
  /** Whether servers of remote tokens have to prove who they are. */
  readonly remoteIsChecked: boolean;
  /** Whether answers of RADIUS servers have to hold a Message-Authenticator. */
  readonly radiusIsProven: boolean;
  /** `null`: no API key is set, and nobody can be asked. */
  readonly yubico: YubicoSettings | null;
}

export interface YubicoSettings {
  readonly id: string;
  /** Base64, as Yubico gives it out. */
  readonly secret: Secret;
  /** Of validation servers, with commas between them. */
  readonly urls: string;
  /** How long a connection and an answer may take; `null`: as long as there is time. */
  readonly connectSeconds: number | null;
  readonly readSeconds: number | null;
}

export interface ChallengeSettings {
  /** Digits of a transaction id. */
  readonly idLength: number;
  /** So many may be made for a token within so many seconds. */
  readonly mostPerToken: number;
  readonly limitSeconds: number;
  /** How long one is open, and by labels of token types as administrators write them. */
  readonly validSeconds: number;
  readonly validSecondsOf: ReadonlyMap<string, number>;
  /** What it says, by labels of token types in upper case. */
  readonly prompts: ReadonlyMap<string, string>;
  /** Where the OTP is sent: for so long no other message is, as long as the challenge is open. */
  readonly quietSeconds: Readonly<Record<OtpMessageKind, number>>;
  /** How long the OTP of an SMS is good. */
  readonly smsSeconds: number;
  /** Whether a right PIN alone asks for an SMS. */
  readonly sendsSmsByPin: boolean;
  /** Of apps on paired devices: more wrong answers than these, and a challenge takes none. */
  readonly mostMisses: Readonly<Record<'qr' | 'push', number>>;
  /** Scheme of the URLs that they open. */
  readonly appScheme: string;
}

/** What OCRA2 tokens are enrolled by, and how many answers their challenges take. */
export interface OcraSettings {
  /** Of tokens that name none, and of those that are enrolled through the app. */
  readonly suite: string;
  readonly appSuite: string;
  /** How far a clock may be off, and is known to be. */
  readonly windowSeconds: number;
  readonly shiftSeconds: number;
  /** A challenge with more wrong answers takes no other. */
  readonly mostMisses: number;
  /** So many wrong answers to the challenge of an activation end it. */
  readonly mostRollOutMisses: number;
}

/** One setting as it is stored: anything that an administrator has set, known here or not. */
export interface SettingEntry {
  /** As given; a `Secret` is sealed, and never read back. */
  readonly value: string | Secret;
  /** Free text that clients keep beside it; `''` mostly. */
  readonly type: string;
  readonly description: string;
}

/** The configuration as it was at one version: immutable, replaced as a whole. */
export interface ConfigurationSnapshot {
  readonly version: number;
  /** When it became what it is. */
  readonly changedAt: Date;
  readonly settings: Settings;
  /** All settings as they are stored, by their keys. */
  readonly entries: ReadonlyMap<string, SettingEntry>;
  readonly realms: ReadonlyMap<string, RealmDefinition>;
  readonly resolvers: ReadonlyMap<string, ResolverDefinition>;
  /** Those that were defined, in the order in which they were; `providersOf` knows the others. */
  readonly providers: readonly ProviderDefinition[];
  readonly policies: PolicySet;
  readonly adminRealm: string;
}

/** The node's view of the configuration, kept in memory. */
export abstract class Configuration {
  abstract current(): ConfigurationSnapshot;
  /**
   * A snapshot of at least `version`, read anew if the one in memory is older.
   * @throws Unavailable
   */
  abstract atLeast(version: number): Promise<ConfigurationSnapshot>;
}

/** The resolvers of a realm in search order; none for an unknown realm. */
export function resolversOfRealm(
  snapshot: ConfigurationSnapshot,
  realm: string,
): readonly ResolverDefinition[] {
  const names = snapshot.realms.get(realm.toLowerCase())?.resolvers ?? [];
  return names.flatMap((name) => snapshot.resolvers.get(name) ?? []);
}
