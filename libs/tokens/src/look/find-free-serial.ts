import { SERIAL_LIMIT, parseSerial } from '../token.js';
import type { TokenStore } from '../token-store.js';

const AT_A_TIME = 100;

/** Looks for a serial that is free (spec/admin-api §3.18). */
export class FindFreeSerial {
  constructor(private readonly store: TokenStore) {}

  /** @returns the serial, or the first that is free of `<serial>_01`, `_02` … @throws MalformedSerial, Unavailable */
  async execute(wanted: string): Promise<string> {
    const serial = parseSerial(wanted);
    if (!(await this.store.taken([serial])).has(serial)) return serial;
    for (let first = 1; ; first += AT_A_TIME) {
      const candidates = Array.from({ length: AT_A_TIME }, (_, place) => numbered(serial, first + place));
      const taken = await this.store.taken(candidates);
      const free = candidates.find((candidate) => !taken.has(candidate));
      if (free !== undefined) return free;
    }
  }
}

/** Cut where it would be longer than a serial may be. */
function numbered(serial: string, number: number): string {
  const suffix = `_${String(number).padStart(2, '0')}`;
  const room = SERIAL_LIMIT - suffix.length;
  const cut = serial.slice(0, room);
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}${suffix}`;
}
