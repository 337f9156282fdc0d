import type { ConfigurationSnapshot, FindUser, LoginName } from '@app/realms';
import type { TokenQuery, TokenSortKey } from '@app/tokens';
import { tokenTypes } from '@app/tokens';

import { NoRealmShown } from '../../envelope/right-missing.js';
import { rightsOf } from '../../envelope/rights.guard.js';
import { UNSPECIFIC, WireError } from '../../envelope/wire-error.js';
import type { Exchange } from '../../exchange.js';
import { pythonList } from '../python-text.js';

const NO_REALM = new Set(['/:no realm:/', "''", '""']);
const ACTIVE = new Set(['/:active:/', '/:enabled:/', '/:token is active:/', '/:token is enabled:/']);
const INACTIVE = new Set(['/:inactive:/', '/:disabled:/', '/:token is inactive:/', '/:token is disabled:/']);

/** A filter that nothing matches. */
const NOTHING: Partial<TokenQuery> = { serial: '' };

/** The realms whose tokens the administrator sees; `null`: all tokens. @throws NoRealmShown */
export function shownRealms(exchange: Exchange): readonly string[] | null {
  const shown = rightsOf(exchange).shownRealms();
  if (shown.isNowhere) throw new NoRealmShown();
  return shown.realms;
}

/** The `filter` of admin/show and the `searchTerm` of v2 (spec/admin-api §3.1). */
export function textFilter(text: string): Partial<TokenQuery> {
  if (ACTIVE.has(text)) return { active: true };
  if (INACTIVE.has(text)) return { active: false };
  if (text === '') return {};
  const types = tokenTypes.filter((type) => type.label.includes(text)).map((type) => type.id);
  return { text: { contains: text, types } };
}

/** Realm names and patterns, comma-separated; `*`: no restriction. */
export function realmFilter(list: string, configuration: ConfigurationSnapshot): Partial<TokenQuery> {
  const wanted = list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (wanted.length === 0 || wanted.includes('*')) return {};
  const known = [...configuration.realms.keys()];
  const exact = wanted.filter((name) => configuration.realms.has(name));
  if (exact.length > 0) return { realms: exact };
  if (wanted.some((name) => NO_REALM.has(name))) return { realms: 'none' };
  return { realms: known.filter((name) => wanted.some((pattern) => matchesShell(pattern, name))) };
}

/** A page behind the last one, or of no size: the text that LinOTP's framework has for it, as an error of the envelope. */
export function noSuchPage(): WireError {
  return new WireError(
    UNSPECIFIC,
    '404 Not Found: The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
  );
}

/** Owner by login and realm; `null`: none is named. @throws Unavailable */
export async function userFilter(
  name: LoginName,
  configuration: ConfigurationSnapshot,
  findUser: FindUser,
): Promise<Partial<TokenQuery> | null> {
  if (name.login === '') return null;
  const bare = name.login.toLowerCase().replaceAll(/['"]/g, '');
  if (bare === '' || bare === '/:no user:/' || bare === '/:none:/') return { unassigned: true };
  const found = await findUser.execute(name, configuration);
  if (found.kind !== 'found') return NOTHING;
  const { references, realm } = found.user;
  return { owner: { references, realms: [realm] } };
}

/** @throws WireError for a name that tokens cannot be sorted by, with what was perhaps meant */
export function sortKey(name: string, keys: Readonly<Record<string, TokenSortKey>>): TokenSortKey {
  const key = Object.hasOwn(keys, name) ? keys[name] : undefined;
  if (key) return key;
  const close = Object.keys(keys).filter((known) => isClose(known, name));
  const hint = close.length === 0 ? '' : ` Did you mean any of ${pythonList(close)}?`;
  throw new WireError(UNSPECIFIC, `"Tokens can't be sorted by ${name}.${hint}"`);
}

/** One is contained in the other: `LinOtp.TokenId` for `TokenId`. */
function isClose(known: string, name: string): boolean {
  const [a, b] = [known.toLowerCase(), name.toLowerCase()];
  return b.length >= 3 && (a.includes(b) || b.includes(a));
}

/** Shell patterns as far as realm names need them: `*` stands for any run, everything else for itself. */
export function matchesShell(pattern: string, name: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === name;
  const tail = rest.pop() ?? '';
  if (!name.startsWith(head) || !name.endsWith(tail) || name.length < head.length + tail.length) return false;
  let from = head.length;
  const end = name.length - tail.length;
  for (const part of rest) {
    const found = name.indexOf(part, from);
    if (found < 0 || found + part.length > end) return false;
    from = found + part.length;
  }
  return true;
}
