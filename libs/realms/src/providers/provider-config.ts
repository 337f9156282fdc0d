import { Invalid } from '@app/kernel';

import { isSecretName } from '../secret-names.js';
import { answerExpression } from './answer-expression.js';
import type { ProviderClass } from './provider-classes.js';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
/** A provider's configuration: members by LinOTP's names. */
export type ProviderConfig = { readonly [key: string]: Json };

const LONGEST_CONFIG = 50_000;
const DEEPEST = 20;

/** Up to the last `@`: people forget to escape. The name is shown; what looks like a port is no password. */
const USER_INFO = /^([a-z][a-z0-9+.-]{0,20}:\/\/[^/?#\s:]{0,200}:)(?!\d{1,5}(?:[/?#]|$))(.*)(@)/is;
/** Headers that hold no secret; any other may. */
const OPEN_HEADERS = /^(accept(-.*)?|content-type|user-agent|from|host)$/i;
const QUERY_VALUE = /([?&;])([^?=&;#]{1,200})=([^&;#\s]*)/g;

/** @throws Invalid for anything but the JSON of an object; the text is not repeated */
export function parseProviderConfig(text: string): ProviderConfig {
  if (text.length > LONGEST_CONFIG) {
    throw new Invalid('config', `config is longer than ${LONGEST_CONFIG} characters`);
  }
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw new Invalid('config', 'config is not JSON');
  }
  if (!isObject(value)) throw new Invalid('config', 'config must be a JSON object');
  if (depth(value) > DEEPEST) throw new Invalid('config', 'config is nested too deeply');
  return value;
}

/** @throws Invalid naming the first member that is missing, empty, or an expression that cannot be read */
export function checkProviderConfig(
  config: ProviderConfig,
  { name, required, expressions = [] }: ProviderClass,
): void {
  for (const member of required) {
    const value = Object.hasOwn(config, member) ? config[member] : undefined;
    if (value !== undefined && value !== null && value !== '') continue;
    // The sentence that clients know (spec/system-api §6.2).
    const text =
      member === 'SMTP_SERVER'
        ? 'Invalid EmailProviderConfig. SMTP_SERVER is required'
        : `config of a ${name} needs ${member}`;
    throw new Invalid('config', text);
  }
  for (const member of expressions) {
    const value = Object.hasOwn(config, member) ? config[member] : undefined;
    if (typeof value === 'string') answerExpression(member, value);
  }
}

/** The configuration as it may be shown: the same text where nothing in it is secret. */
export function maskedConfig(text: string, mask: string): string {
  let config: ProviderConfig;
  try {
    config = parseProviderConfig(text);
  } catch {
    // Stored by other means than through `parseProviderConfig`; who knows what is in it.
    return mask;
  }
  const masked = JSON.stringify(maskedMember('', config, mask));
  return masked === JSON.stringify(config) ? text : masked;
}

/**
 * The configuration as it is meant: where a mask came back, with what is stored at that place.
 *
 * @param stored `null`: nothing is
 * @returns `given` itself where it holds no mask
 * @throws Invalid where nothing is stored that a mask could stand for, or where the secret would go elsewhere than before
 */
export function withStoredSecrets(
  given: ProviderConfig,
  stored: ProviderConfig | null,
  guards: readonly string[],
  mask: string,
): ProviderConfig {
  if (!JSON.stringify(given).includes(mask)) return given;
  const merged = restored('', given, stored ?? undefined, mask);
  const moved = guards.find((name) => JSON.stringify(merged[name]) !== JSON.stringify(stored?.[name]));
  if (moved !== undefined) {
    throw new Invalid('config', `config: secrets must be given again, since ${moved} has changed`);
  }
  return merged;
}

type IsSecret = (name: string) => boolean;

function restored<T extends Json>(
  name: string,
  given: T,
  stored: Json | undefined,
  mask: string,
  isSecret?: IsSecret,
): T;
function restored(
  name: string,
  given: Json,
  stored: Json | undefined,
  mask: string,
  isSecret: IsSecret = isSecretName,
): Json {
  if (Array.isArray(given)) {
    const items: readonly Json[] = Array.isArray(stored) ? stored : [];
    return given.map((item: Json, place) => restored(name, item, items[place], mask, isSecret));
  }
  if (isObject(given)) {
    const members = isObject(stored) ? stored : {};
    return Object.fromEntries(
      Object.entries(given).map(([key, value]) => [
        key,
        restored(key, value, Object.hasOwn(members, key) ? members[key] : undefined, mask, secretIn(name)),
      ]),
    );
  }
  if (typeof given !== 'string' || !given.includes(mask)) return given;
  if (stored !== undefined && given === maskedMember(name, stored, mask, isSecret)) return stored;
  throw new Invalid(
    'config',
    `config: ${name} must be given again: nothing is stored that its mask stands for`,
  );
}

function maskedMember(name: string, value: Json, mask: string, isSecret: IsSecret = isSecretName): Json {
  if (Array.isArray(value)) return value.map((item: Json) => maskedMember(name, item, mask, isSecret));
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, maskedMember(key, member, mask, secretIn(name))]),
    );
  }
  if (value === null || value === '' || typeof value === 'boolean') return value;
  if (isSecret(name)) return mask;
  return typeof value === 'string' ? maskedUrl(value, mask) : value;
}

/** Which members of a member are secret. */
function secretIn(name: string): IsSecret {
  return /^headers$/i.test(name) ? (key) => !OPEN_HEADERS.test(key) : isSecretName;
}

function maskedUrl(text: string, mask: string): string {
  if (!text.includes('://')) return text;
  return text
    .replace(USER_INFO, (_all, start: string, _password, at: string) => `${start}${mask}${at}`)
    .replaceAll(QUERY_VALUE, (all, separator: string, name: string, value: string) =>
      value !== '' && isSecretName(name) ? `${separator}${name}=${mask}` : all,
    );
}

function isObject(value: Json | undefined): value is ProviderConfig {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function depth(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map((member: Json) => depth(member)));
}
