import { Invalid } from '@app/kernel';
import type { Timeouts } from '../outbound/connection.js';
import { type ProviderConfig, type ProviderDefinition, parseProviderConfig } from '@app/realms';

const LONGEST_SECONDS = 3_600;

/** The members of a provider's configuration, by LinOTP's names. Errors name members and never show values. */
export class ProviderSettings {
  private constructor(
    private readonly members: ProviderConfig,
    private readonly timeout: string,
  ) {}

  /** @throws Invalid */
  static of({ config, timeout }: Pick<ProviderDefinition, 'config' | 'timeout'>): ProviderSettings {
    const members = config.use((bytes) => parseProviderConfig(Buffer.from(bytes).toString('utf8')));
    return new ProviderSettings(members, timeout);
  }

  has(name: string): boolean {
    const value = this.raw(name);
    return value !== undefined && value !== null && value !== '';
  }

  raw(name: string): ProviderConfig[string] | undefined {
    return Object.hasOwn(this.members, name) ? this.members[name] : undefined;
  }

  /** @throws Invalid for anything but text or a number */
  text(name: string, fallback = ''): string {
    const value = this.raw(name);
    if (value === undefined || value === null || value === '') return fallback;
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    throw new Invalid(name, `${name} must be a text`);
  }

  /** @throws Invalid */
  required(name: string): string {
    const text = this.text(name);
    if (text === '') throw new Invalid(name, `${name} is missing`);
    return text;
  }

  /** `true`, and what people write for it. @throws Invalid for what is neither yes nor no */
  flag(name: string, fallback = false): boolean {
    const value = this.raw(name);
    if (value === undefined || value === null || value === '') return fallback;
    const word = String(value).trim().toLowerCase();
    if (['true', '1', 'yes', 'on'].includes(word)) return true;
    if (['false', '0', 'no', 'off'].includes(word)) return false;
    throw new Invalid(name, `${name} must be true or false`);
  }

  /** @throws Invalid */
  whole(name: string, fallback: number, largest: number): number {
    if (!this.has(name)) return fallback;
    const text = this.text(name).trim();
    if (/^\d{1,9}$/.test(text) && Number(text) <= largest) return Number(text);
    throw new Invalid(name, `${name} must be a whole number up to ${largest}`);
  }

  /** @throws Invalid */
  oneOf<const T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const word = this.text(name, fallback).toLowerCase();
    const found = choices.find((choice) => choice.toLowerCase() === word);
    if (found !== undefined) return found;
    throw new Invalid(name, `${name} must be ${choices.join(' or ')}`);
  }

  /** An object of texts, as headers and parameters are. @throws Invalid */
  texts(name: string): ReadonlyMap<string, string> {
    const value = this.raw(name);
    if (value === undefined || value === null || value === '') return new Map();
    if (typeof value !== 'object' || Array.isArray(value)) {
      throw new Invalid(name, `${name} must be a JSON object`);
    }
    return new Map(
      Object.entries(value).map(([key, member]) => {
        if (typeof member === 'object') throw new Invalid(name, `${name}: ${key} must be a text`);
        return [key, String(member)];
      }),
    );
  }

  /**
   * `TIMEOUT` or `timeout` of the configuration, else what the provider was defined with: seconds, or `connect,read`.
   *
   * @throws Invalid
   */
  timeouts(): Timeouts {
    const name = ['TIMEOUT', 'timeout'].find((key) => this.has(key));
    const given = name === undefined ? this.timeout : this.raw(name);
    const [connect, read = connect, ...more] = (Array.isArray(given) ? given : String(given).split(',')).map(
      (part) => Number(part) * 1000,
    );
    const isFine = (ms: number | undefined): ms is number =>
      ms !== undefined && ms > 0 && ms <= LONGEST_SECONDS * 1000;
    if (isFine(connect) && isFine(read) && more.length === 0) return { connectMs: connect, readMs: read };
    throw new Invalid(name ?? 'timeout', `${name ?? 'timeout'} must be seconds, or connect,read`);
  }
}
