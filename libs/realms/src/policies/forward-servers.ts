import { Invalid, Secret } from '@app/kernel';

import type { PolicySecrets } from './policy-secrets.js';

const FORWARD_SERVER = /^\s*forward_server(?:\.[^=]*)?\s*=/;
// Anything up to what ends it for certain: rather too much is hidden than too little.
const SECRET_PARAMETER = /([?&]secret=)[^&\s]*/g;

/**
 * An action list whose servers to forward to have `encsecret=` in place of `secret=` (spec/policies §8.6). Lists that are
 * none (a quote too many) are read as far as they go: what refuses them must find no secret in them.
 * @throws Invalid for an `encsecret` that is none
 */
export function withSealedSecrets(action: string, secrets: PolicySecrets): string {
  const entries = entriesOf(action);
  const sealed = entries.map((entry) => {
    const [name] = FORWARD_SERVER.exec(entry) ?? [];
    return name === undefined ? entry : `${name}${sealedServers(entry.slice(name.length), secrets)}`;
  });
  if (sealed.every((entry, place) => entry === entries[place])) return action;
  return sealed
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .join(', ');
}

/** A text for records, in which no secret of a server is left. */
export function withMaskedSecrets(text: string): string {
  return text.replace(SECRET_PARAMETER, '$1***');
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
function sealedServers(value: string, secrets: PolicySecrets): string {
  const text = value.trim();
  const quote = /^["']/.exec(text)?.[0] ?? '';
  const isClosed = quote !== '' && text.length > 1 && text.endsWith(quote);
  const urls = text.slice(quote.length, isClosed ? -1 : undefined);
  return `${quote}${urls.replace(/\S+/g, (url) => sealedServer(url, secrets))}${isClosed ? quote : ''}`;
}

function sealedServer(url: string, secrets: PolicySecrets): string {
  const mark = url.indexOf('?');
  if (mark < 0) return url;
  const server = forwardServerName(url);
  const parameters = url.slice(mark + 1).split('&');
  const sealed = parameters.map((parameter) => {
    const equals = parameter.indexOf('=');
    const name = parameter.slice(0, Math.max(equals, 0));
    const value = parameter.slice(equals + 1);
    if (name === 'secret' && value !== '') {
      return `encsecret=${secrets.seal(server, Secret.fromText(decoded(value)))}`;
    }
    if (name === 'encsecret' && secrets.open(server, value) === null) {
      throw new Invalid(
        'action',
        `forward_server: the encsecret of ${server} was not made here for this server; give its secret`,
      );
    }
    return parameter;
  });
  return `${url.slice(0, mark)}?${sealed.join('&')}`;
}

/** What a secret of the server at the URL is bound to. */
export function forwardServerName(url: string): string {
  const [server = ''] = url.split('?');
  return server.replace(/\/+$/, '').toLowerCase();
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return value;
  }
}
