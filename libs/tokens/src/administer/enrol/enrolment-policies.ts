import type { RandomSource } from '@app/kernel';
import { type ActionValue, type PolicySubject, asAsked, loginOnly, readInteger } from '@app/policies';
import { type ConfigurationSnapshot, type RealmUser, policySubject } from '@app/realms';

import type { Token } from '../../token.js';
import { SeveralCallbacks, UnreadableLimit } from '../../token.errors.js';
import { tokenType } from '../../types/registry.js';
import type { TokenTypeId } from '../../types/token-type.js';
import { drawnText, poolOf } from './drawn-text.js';

const SCOPE = 'enrollment';
const LONGEST_PIN = 99;
/** As long as LinOTP's (spec/validate-api §2.8). */
const SHORTEST_MAILED_PIN = 6;

/** What policies of scope `enrollment` say where a token gets an owner, a realm or a PIN (spec/policies §7, §8.5). */
export class EnrolmentPolicies {
  readonly #realms: readonly string[];
  readonly #subject: PolicySubject;

  /**
   * @param user   who gets the token; `null`: nobody
   * @param client the address of the administrator's client
   */
  constructor(
    private readonly configuration: ConfigurationSnapshot,
    private readonly user: RealmUser | null,
    private readonly client: string,
    private readonly time: Date,
  ) {
    this.#realms = user ? realmsOf(user, configuration) : [configuration.settings.defaultRealm ?? ''];
    this.#subject = user ? policySubject(user) : loginOnly('');
  }

  /**
   * The most tokens that the user may have, and the most of a type; `null`: any number.
   * @throws UnreadableLimit
   */
  limitOfUser(type?: TokenTypeId): number | null {
    if (!this.user) return null;
    const action = type === undefined ? 'maxtoken' : `maxtoken${tokenType(type).label.toUpperCase()}`;
    for (const realm of this.#realms) this.#demandReadable(action, realm);
    const limits = this.#inRealms(action)
      .map(limitIn)
      .filter((limit) => limit !== null);
    return limits.length === 0 ? null : Math.min(...limits);
  }

  /**
   * The most active tokens of a realm, whosever they are; `null`: any number.
   * @throws UnreadableLimit
   */
  limitOfRealm(realm: string): number | null {
    const { policies } = this.configuration;
    if (!policies.hasActive(SCOPE)) return null;
    this.#demandReadable('tokencount', realm);
    const value = policies.value(this.#query('tokencount', realm));
    return value === undefined ? null : limitIn(value);
  }

  /** A PIN for a new owner; `null`: none is made. */
  randomPin(random: RandomSource): string | null {
    const length = this.#pinLength();
    return length === 0 ? null : this.#drawnPin(length, random);
  }

  /** A PIN that is mailed to the owner: none that is easily guessed. */
  mailedPin(random: RandomSource): string {
    return this.#drawnPin(Math.max(SHORTEST_MAILED_PIN, this.#pinLength()), random);
  }

  #pinLength(): number {
    return Math.max(0, ...this.#inRealms('otp_pin_random').map((value) => readInteger(value) ?? 0));
  }

  #drawnPin(length: number, random: RandomSource): string {
    const [content] = this.#inRealms('otp_pin_random_content').filter((value) => value !== '');
    const pool = poolOf(typeof content === 'string' ? content : '');
    return drawnText(pool, Math.min(length, LONGEST_PIN), random);
  }

  /** Whether the token's PIN is stored so that it can be read again. */
  keepsPinReadable(realms: readonly string[]): boolean {
    const inRealms = realms.length > 0 ? realms : this.#realms;
    return this.#inRealms('otp_pin_encrypt', inRealms).some((value) => readInteger(value) === 1);
  }

  /**
   * Where the app of a token that is rolled out in phases is to answer (spec/token-types §16.3).
   * @param id of one of several such places; `''`: the usual one
   * @returns   `''`: nowhere
   * @throws SeveralCallbacks
   */
  rollOutCallback(id: string, realms: readonly string[]): string {
    const { policies } = this.configuration;
    const scope = 'authentication';
    if (!policies.hasActive(scope)) return '';
    const action = id === '' ? 'qrtanurl_init' : `qrtanurl_init.${id}`;
    const inRealms = realms.length > 0 ? realms : this.#realms;
    const said = inRealms.flatMap((realm) => policies.value({ ...this.#query(action, realm), scope }) ?? []);
    const urls = [...new Set(said.filter((value) => typeof value === 'string').map((value) => value.trim()))];
    if (urls.length > 1) throw new SeveralCallbacks(urls, inRealms);
    return urls[0] ?? '';
  }

  /** What an otpauth URL calls the token and who issued it. */
  namesOf(token: Pick<Token, 'serial' | 'description'>): { account: string; issuer: string } {
    const { login = '' } = this.user ?? {};
    return {
      account: this.label(token) || login || token.serial,
      issuer: this.#filled('tokenissuer', token) || 'LinOTP',
    };
  }

  /** What the token is called, as policies have it; `''`: they say nothing. */
  label(token: Pick<Token, 'serial' | 'description'>): string {
    return this.#filled('tokenlabel', token);
  }

  #filled(action: string, token: Pick<Token, 'serial' | 'description'>): string {
    const { login = '', realm = '' } = this.user ?? {};
    const { policies, settings } = this.configuration;
    if (!policies.hasActive(SCOPE)) return '';
    const realmOrDefault = this.user?.realm ?? settings.defaultRealm ?? '';
    const template = policies.value(this.#query(action, realmOrDefault));
    if (typeof template !== 'string') return '';
    return template.replace(/<[ursd]>/g, (place) => {
      if (place === '<u>') return login;
      if (place === '<r>') return realm;
      return place === '<s>' ? token.serial : token.description;
    });
  }

  /** A limit that cannot be read would be none. */
  #demandReadable(action: string, realm: string): void {
    const [policy] = this.configuration.policies.unreadable({ scope: SCOPE, action, realm });
    if (policy !== undefined) throw new UnreadableLimit(policy, action);
  }

  /** The action's value in each realm that has one. */
  #inRealms(action: string, realms = this.#realms): ActionValue[] {
    const { policies } = this.configuration;
    if (!policies.hasActive(SCOPE)) return [];
    return realms.flatMap((realm) => policies.value(this.#query(action, realm)) ?? []);
  }

  #query(action: string, realm: string) {
    const { client, time } = this;
    return asAsked({ scope: SCOPE, action, realm, subject: this.#subject, client, time });
  }
}

/** The realm that was named first, then the others that have one of the user's resolvers. */
export function realmsOf(user: RealmUser, { realms }: ConfigurationSnapshot): string[] {
  const resolvers = new Set(user.references.map(({ resolver }) => resolver));
  const others = [...realms.values()].filter((realm) => realm.resolvers.some((name) => resolvers.has(name)));
  return [...new Set([user.realm, ...others.map(({ name }) => name)])];
}

/** −1 and a bare word limit nothing; what is no number at all allows nothing. */
function limitIn(value: ActionValue): number | null {
  if (typeof value === 'boolean') return null;
  const limit = readInteger(value);
  return limit === null ? 0 : limit < 0 ? null : limit;
}
