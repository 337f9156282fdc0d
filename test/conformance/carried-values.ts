import type { Json } from './recordings.js';

/** Shorter ones might be found where they are not meant. */
const SHORTEST = 6;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * What LinOTP made up in the recording, and what we made up in its place: transaction ids, serials, seeds, sessions. Learnt
 * from answers, used in later requests and comparisons.
 */
export class CarriedValues {
  readonly #ours = new Map<string, string>();

  learn(recorded: string, ours: string): void {
    if (recorded.length >= SHORTEST && recorded !== ours) this.#ours.set(recorded, ours);
  }

  has(recorded: string): boolean {
    return this.#ours.has(recorded);
  }

  /** Recorded text with our values. */
  inText(text: string): string {
    return [...this.#ours].reduce((result, [recorded, ours]) => result.replaceAll(recorded, ours), text);
  }

  /** Recorded JSON with our values, keys too: transactions are listed by id. */
  inJson(json: Json): Json {
    if (typeof json === 'string') return this.inText(json);
    if (Array.isArray(json)) return json.map((item: Json) => this.inJson(item));
    if (json === null || typeof json !== 'object') return json;
    return Object.fromEntries(
      Object.entries(json).map(([key, value]) => [this.inText(key), this.inJson(value)]),
    );
  }

  /** Goes through an answer beside the recorded one and learns what is made up there. */
  learnFromJson(recorded: Json, ours: Json, isMadeUp: (key: string, value: string) => boolean): void {
    if (Array.isArray(recorded) && Array.isArray(ours)) {
      for (const [place, item] of recorded.entries()) this.learnFromJson(item, ours[place] ?? null, isMadeUp);
      return;
    }
    if (!isObject(recorded) || !isObject(ours)) return;
    for (const [key, value] of Object.entries(recorded)) {
      const our = ours[key] ?? null;
      if (typeof value === 'string' && typeof our === 'string') {
        if (isMadeUp(key, value)) this.#learnValue(value, our);
      } else this.learnFromJson(value, our, isMadeUp);
    }
  }

  #learnValue(recorded: string, ours: string): void {
    this.learn(recorded, ours);
    const [recordedSeed, ourSeed] = [recorded, ours].map(
      (value) => /^seed:\/\/([0-9a-f]+)$/.exec(value)?.[1],
    );
    // The enrolment URL holds the same seed in another form.
    if (recordedSeed && ourSeed) this.learn(base32(recordedSeed), base32(ourSeed));
  }
}

export function isObject(json: Json): json is { readonly [key: string]: Json } {
  return json !== null && typeof json === 'object' && !Array.isArray(json);
}

/** RFC 4648 §6, without padding, as otpauth URLs have it. */
function base32(hex: string): string {
  const bits = [...Buffer.from(hex, 'hex')].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => BASE32[Number.parseInt(group.padEnd(5, '0'), 2)]).join('');
}
