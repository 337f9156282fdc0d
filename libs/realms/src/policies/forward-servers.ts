import { Invalid, Secret } from '@app/kernel';

import type { PolicySecrets } from './policy-secrets.js';

// Also where a quote or a case makes it another action: what refuses it shows it.
const FORWARD_SERVER = /^\s*["']?\s*forward_server(?:\.[^=]*)?\s*["']?\s*=/i;
const SECRET = spelt('secret');
const SEALED = `${spelt('enc')}${SECRET}`;
// Anything up to what ends it for certain: rather too much is hidden than too little.
const SECRET_PARAMETER = new RegExp(`([?&#;]${SECRET}=)[^&\\s]*`, 'gi');
const USER_INFO = /(\/\/)[^\s@]*@/g;
/** A secret or a sealed one; what is no parameter of its own belongs to the value. */
const SECRETS = new RegExp(
  `([?&#;])(${SECRET}|${SEALED})=((?:(?![?#;](?:${SECRET}|${SEALED})=)[^&])*)`,
  'gi',
);
/** Scheme and slashes, and what stands before the host. */
const AUTHORITY = /^([a-z][a-z\d+.-]*:\/\/|\/\/)?([^/?#\\]*)/i;
const HOST = /^(?:\[[\da-f:.]+\]|[^\s:@[\]]+)(?::\d+)?$/i;
const IS_SEALED = new RegExp(`^${SEALED}$`, 'i');
/** In place of a password before the host. */
const SEALED_PASSWORD = 'encsecret:';

/**
 * An action list whose servers to forward to have `encsecret=` in place of `secret=` (spec/policies §8.6). Lists that are
 * none (a quote too many) are read as far as they go: what refuses them must find no secret in them.
 * @throws Invalid for an `encsecret` that is none
 */
export function withSealedSecrets(action: string, secrets: PolicySecrets): string {
  return rewritten(action, secrets, demandOwn);
}

/** The same list with every secret sealed anew, e.g. under another key; one that does not open stays as it is. */
export function withSecretsSealedAnew(action: string, secrets: PolicySecrets): string {
  return rewritten(action, secrets, (sealed, server) => {
    const secret = secrets.open(server, sealed);
    return secret ? secrets.seal(server, secret) : sealed;
  });
}

/** The sealed secrets of an action list that was stored, and the server of each. */
export function sealedSecretsIn(
  action: string,
  secrets: PolicySecrets,
): readonly { readonly server: string; readonly sealed: string }[] {
  const found: { readonly server: string; readonly sealed: string }[] = [];
  rewritten(action, secrets, (sealed, server) => {
    found.push({ server, sealed });
    return sealed;
  });
  return found;
}

/** What takes the place of a secret that is sealed already. */
type OnSealed = (sealed: string, server: string, secrets: PolicySecrets) => string;

function rewritten(action: string, secrets: PolicySecrets, onSealed: OnSealed): string {
  const entries = entriesOf(action);
  const sealed = entries.map((entry) => {
    const [name] = FORWARD_SERVER.exec(entry) ?? [];
    return name === undefined
      ? entry
      : `${name}${sealedServers(entry.slice(name.length), secrets, onSealed)}`;
  });
  if (sealed.every((entry, place) => entry === entries[place])) return action;
  return sealed
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .join(', ');
}

/** A server that a policy names, with the secrets that were sealed for it. */
export interface ForwardServer {
  /** Without user, secrets and fragment. */
  readonly url: URL;
  /** Who asks; `null`: it does not say. */
  readonly user: { readonly name: string; readonly password: string } | null;
  /** What the server shares with those who ask; `null`: none is given. */
  readonly secret: Secret | null;
}

/** @returns `null` where it is no URL, or a secret does not open: it was sealed for another server, or elsewhere */
export function openedForwardServer(text: string, secrets: PolicySecrets): ForwardServer | null {
  const server = forwardServerName(text);
  const found: (Secret | null)[] = [];
  const plain = text.replace(SECRETS, (_parameter, mark: string, name: string, value: string) => {
    if (value !== '') {
      found.push(IS_SEALED.test(name) ? secrets.open(server, value) : Secret.fromText(decoded(value)));
    }
    return mark;
  });
  const [secret = null] = found;
  if (found.includes(null) || !URL.canParse(plain)) return null;
  const url = new URL(plain);
  const user = openedUser(url, (sealed) => secrets.open(server, sealed));
  if (user === 'sealed elsewhere') return null;
  url.username = '';
  url.password = '';
  url.hash = '';
  return { url, user, secret };
}

function openedUser(
  { username, password }: URL,
  open: (sealed: string) => Secret | null,
): ForwardServer['user'] | 'sealed elsewhere' {
  if (username === '' && password === '') return null;
  const opened = (sealed: string) => {
    const text = open(sealed)?.use((bytes) => Buffer.from(bytes).toString('utf8'));
    return text ?? null;
  };
  const given = `${decoded(username)}:${decoded(password)}`;
  // A name alone was sealed as if it were a password.
  if (given.startsWith(SEALED_PASSWORD)) {
    const name = opened(decoded(password));
    return name === null ? 'sealed elsewhere' : { name, password: '' };
  }
  const text = decoded(password);
  if (!text.startsWith(SEALED_PASSWORD)) return { name: decoded(username), password: text };
  const clear = opened(text.slice(SEALED_PASSWORD.length));
  return clear === null ? 'sealed elsewhere' : { name: decoded(username), password: clear };
}

/** A text for records, in which no secret of a server is left. */
export function withMaskedSecrets(text: string): string {
  return text.replace(SECRET_PARAMETER, '$1***').replace(USER_INFO, '$1***@');
}

/** At the commas outside of quotes (spec/policies §3). */
function entriesOf(action: string): readonly string[] {
  const entries: string[] = [];
  let start = 0;
  let quote: string | null = null;
  for (let at = 0; at < action.length; at++) {
    const character = action.charAt(at);
    if (quote !== null) {
      if (character === quote) quote = null;
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (character === ',') {
      entries.push(action.slice(start, at));
      start = at + 1;
    }
  }
  return [...entries, action.slice(start)];
}

/** URLs with blanks between them, perhaps all in quotes. */
function sealedServers(value: string, secrets: PolicySecrets, onSealed: OnSealed): string {
  const text = value.trim();
  const quote = /^["']/.exec(text)?.[0] ?? '';
  const isClosed = quote !== '' && text.length > 1 && text.endsWith(quote);
  const urls = text.slice(quote.length, isClosed ? -1 : undefined);
  return `${quote}${urls.replace(/\S+/g, (url) => sealedServer(url, secrets, onSealed))}${isClosed ? quote : ''}`;
}

function sealedServer(url: string, secrets: PolicySecrets, onSealed: OnSealed): string {
  const [start = '', scheme = '', authority = ''] = AUTHORITY.exec(url) ?? [];
  const server = forwardServerName(url);
  const at = authority.lastIndexOf('@');
  // What is taken for the host is shown, and may be a part of a password.
  const isUnclear = !HOST.test(authority.slice(at + 1)) || /^[^?#]*@/.test(url.slice(start.length));
  if (scheme !== '' && isUnclear) {
    throw new Invalid(
      'action',
      'forward_server: no host stands where one is expected; write @ / ? # as %40 %2F %3F %23',
    );
  }
  const user = at < 0 ? '' : `${sealedUser(authority.slice(0, at), server, secrets, onSealed)}@`;
  const rest = url
    .slice(start.length)
    .replace(SECRETS, (parameter, mark: string, name: string, value: string) => {
      if (value === '') return parameter;
      if (IS_SEALED.test(name)) {
        return `${mark}encsecret=${onSealed(value, server, secrets)}`;
      }
      return `${mark}encsecret=${secrets.seal(server, Secret.fromText(decoded(value)))}`;
    });
  return `${scheme}${user}${authority.slice(at + 1)}${rest}`;
}

/** `user:password`, or what may as well be a password alone. */
function sealedUser(text: string, server: string, secrets: PolicySecrets, onSealed: OnSealed): string {
  if (text.startsWith(SEALED_PASSWORD) || text.includes(`:${SEALED_PASSWORD}`)) {
    const start = text.lastIndexOf(':') + 1;
    return `${text.slice(0, start)}${onSealed(text.slice(start), server, secrets)}`;
  }
  const colon = text.indexOf(':');
  const password = text.slice(colon + 1);
  if (password === '') return text;
  const sealed = secrets.seal(server, Secret.fromText(decoded(password)));
  return `${text.slice(0, colon + 1)}${SEALED_PASSWORD}${sealed}`;
}

/** @throws Invalid where the sealed text is of another server or installation */
function demandOwn(sealed: string, server: string, secrets: PolicySecrets): string {
  if (secrets.open(server, sealed) !== null) return sealed;
  throw new Invalid(
    'action',
    `forward_server: the encsecret of ${server} was not made here for this server; give its secret`,
  );
}

/** What a secret of the server at the URL is bound to: where it leads, and not who asks. */
function forwardServerName(url: string): string {
  const [start = '', scheme = '', authority = ''] = AUTHORITY.exec(url) ?? [];
  const [path = ''] = url.slice(start.length).split(/[?#]/);
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  return `${scheme}${host}${path}`.replace(/\/+$/, '').toLowerCase();
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return value;
  }
}

/** The word as an expression, each letter by itself or with `%` (in any case: flag `i`). */
function spelt(word: string): string {
  return [...word]
    .map((letter) => {
      const [lower, upper] = [letter, letter.toUpperCase()].map((each) => each.charCodeAt(0).toString(16));
      return `(?:${letter}|%${lower}|%${upper})`;
    })
    .join('');
}
