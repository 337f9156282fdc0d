import { matchesWildcards } from '@app/kernel';
import type { ConfigurationSnapshot } from '@app/realms';
import { type OwnerResolver, type TokenFilter, type TokenSortKey, tokenTypes } from '@app/tokens';

import { NoRealmShown } from '../../../envelope/errors/right-missing.js';
import { rightsOf } from '../../../envelope/access/rights.guard.js';
import { UNSPECIFIC, WireError } from '../../../envelope/errors/wire-error.js';
import type { Exchange } from '../../../exchange.js';
import { pythonList } from '../../python-text.js';
import { resolverSpecification } from '../../users/resolver-names.js';

const NO_REALM = new Set(['/:no realm:/', '']);
const ACTIVE = new Set(['/:active:/', '/:enabled:/', '/:token is active:/', '/:token is enabled:/']);
const INACTIVE = new Set(['/:inactive:/', '/:disabled:/', '/:token is inactive:/', '/:token is disabled:/']);

/** The realms whose tokens the administrator sees; `null`: all tokens. @throws NoRealmShown */
export function shownRealms(exchange: Exchange): readonly string[] | null {
  const shown = rightsOf(exchange).shownRealms();
  if (shown.isNowhere) throw new NoRealmShown();
  return shown.realms;
}

/**
 * The `filter` of admin/show and the `searchTerm` of v2 (spec/admin-api §3.1).
 *
 * @param resolvers that owners are from: the text may stand in what clients know them by
 */
export function textFilter(
  text: string,
  resolvers: readonly OwnerResolver[],
): Pick<TokenFilter, 'active' | 'text'> {
  if (ACTIVE.has(text)) return { active: true };
  if (INACTIVE.has(text)) return { active: false };
  if (text === '') return {};
  const types = tokenTypes.filter((type) => type.label.includes(text)).map((type) => type.id);
  const named = resolvers.filter((resolver) => resolverSpecification(resolver).includes(text));
  return { text: { contains: text, types, resolvers: [...new Set(named.map(({ name }) => name))] } };
}

/** Realm names and patterns, comma-separated; `*`: no restriction. */
export function realmFilter(list: string, configuration: ConfigurationSnapshot): Pick<TokenFilter, 'realms'> {
  const wanted = list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (wanted.length === 0 || wanted.includes('*')) return {};
  const known = [...configuration.realms.keys()];
  const exact = wanted.filter((name) => configuration.realms.has(name));
  if (exact.length > 0) return { realms: exact };
  // LinOTP's documentation writes the special forms in quotes, and its clients send them so.
  if (wanted.some((name) => NO_REALM.has(name.replaceAll(/['"]/g, '')))) return { realms: 'none' };
  return { realms: known.filter((name) => wanted.some((pattern) => matchesWildcards(pattern, name))) };
}

/**
 * A realm filter as far as the administrator's realms go.
 * @returns `null` when it names none of them
 */
export function permittedRealms(
  { realms }: Pick<TokenFilter, 'realms'>,
  within: readonly string[] | null,
): Pick<TokenFilter, 'realms'> | null {
  if (!realms || !within) return realms ? { realms } : {};
  const permitted = realms === 'none' ? [] : realms.filter((realm) => within.includes(realm));
  return permitted.length === 0 ? null : { realms: permitted };
}

/** A page behind the last one, or of no size: the text that LinOTP's framework has for it, as an error of the envelope. */
export function noSuchPage(): WireError {
  return new WireError(
    UNSPECIFIC,
    '404 Not Found: The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
  );
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
