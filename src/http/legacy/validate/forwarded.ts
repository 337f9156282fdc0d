import type { RemoteDetail } from '@app/authentication';

import type { Parameters } from '../../envelope/parameters/parameters.js';

/**
 * What a server that decides in our place is told of a request, beside user, realm and password. What only asks for more in
 * the answer is not: an answer with more in it lets nobody in. Nor is where the request came from, which is ours to know.
 */
const TOLD = [
  'serial',
  'token_type',
  'transactionid',
  'state',
  'data',
  'message',
  'challenge',
  'content_type',
] as const;

/** Ours alone: servers of other kinds pass it on, or over. */
const HOPS = 'twinlock_hops';

export function forwardedOptions(parameters: Parameters): ReadonlyMap<string, string> {
  const told = TOLD.flatMap((name) => {
    const value = parameters.text(name);
    return value === null ? [] : [[name, value] as const];
  });
  return new Map([...told, [HOPS, String(hopsOf(parameters) + 1)]]);
}

/** How many servers have forwarded the request, each of which tells the next. What cannot be read is too many. */
export function hopsOf(parameters: Parameters): number {
  const hops = parameters.text(HOPS);
  if (hops === null) return 0;
  return /^\d{1,9}$/.test(hops) ? Number(hops) : Number.MAX_SAFE_INTEGER;
}

/** One line for clients that read nothing else, as of a challenge of our own; `null`: the detail is none. */
export function relayedLine({ transactionid: id, message }: RemoteDetail): string | null {
  if (typeof id !== 'string' || !/^[\x21-\x7e]{1,253}$/.test(id)) return null;
  return `${id} ${typeof message === 'string' ? message.replace(/\p{Cc}+/gu, ' ') : ''}`;
}
