import type { TokenInfo } from '../token.js';

/** What an entry such as `remote.local_checkpin` says: `1`, `true`, or nothing that means yes. */
export function isSwitchedOn(info: TokenInfo, name: string): boolean {
  const value = info[name];
  return value === true || value === 1 || ['1', 'true', 'yes'].includes(String(value ?? '').toLowerCase());
}
