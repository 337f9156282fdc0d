import type { Dice } from '../../../support/audit/dice.js';
import type { Endpoint } from './endpoints.js';
import type { Nasty } from './nasty.js';
import { USUAL_FILE } from './usual.js';
import type { WireRequest } from './wire.js';

/** Who asks: cookies and what repeats them. */
export interface Session {
  readonly cookie: string;
  /** Of administrators. */
  readonly csrf: string | null;
  /** Of users. */
  readonly proof: string | null;
}

export interface Field {
  readonly name: string;
  readonly value: Nasty;
}

type Way = 'query' | 'form' | 'json' | 'multipart';

const BOUNDARY = 'fuzzfuzz';

/** The request in one of the ways that an endpoint takes. */
export function requestOf(
  { path, route }: Endpoint,
  fields: readonly Field[],
  inPath: ReadonlyMap<string, Nasty>,
  session: Session | null,
  dice: Dice,
): WireRequest {
  const target = path.replace(/:(\w+)/g, (_all, name: string) =>
    escaped(inPath.get(name)?.bytes ?? Buffer.from('x')),
  );
  const way = wayOf(route?.kind ?? 'gets', route?.takesFiles !== null, dice);
  const content = CONTENTS[way](fields, dice);
  const headers: [string, string][] = [
    ['Host', 'localhost'],
    ['Connection', 'close'],
  ];
  if (session) headers.push(['Cookie', session.cookie]);
  if (session?.csrf) headers.push(['X-CSRF-TOKEN', session.csrf]);
  if (content.type !== null) headers.push(['Content-Type', content.type]);
  if (way !== 'query') headers.push(['Content-Length', String(content.body.length)]);
  return {
    method: way === 'query' ? 'GET' : 'POST',
    target: content.query === '' ? target : `${target}?${content.query}`,
    headers,
    body: content.body,
  };
}

function wayOf(kind: string, takesFiles: boolean, dice: Dice): Way {
  const posts: readonly Way[] = takesFiles
    ? ['multipart', 'multipart', 'form', 'json']
    : ['form', 'form', 'json', 'json', 'multipart'];
  if (kind === 'gets') return 'query';
  if (kind === 'changes') return dice.pick(posts);
  return dice.pick(['query', 'query', ...posts]);
}

interface Content {
  readonly query: string;
  readonly type: string | null;
  readonly body: Buffer;
}

const EMPTY = Buffer.alloc(0);

const CONTENTS: Readonly<Record<Way, (fields: readonly Field[], dice: Dice) => Content>> = {
  query: (fields) => ({ query: encoded(fields).slice(0, 60_000), type: null, body: EMPTY }),
  form: (fields, dice) => {
    const type = 'application/x-www-form-urlencoded';
    // As a client that escapes nothing but what it has to.
    if (dice.roll(4) === 0)
      return { query: '', type, body: Buffer.from(encoded(fields, /[&=+%;#]/g), 'latin1') };
    return { query: '', type, body: Buffer.from(encoded(fields), 'latin1') };
  },
  json: (fields) => ({ query: '', type: 'application/json', body: jsonOf(fields) }),
  multipart: (fields, dice) => {
    const parts: Buffer[] = repeated(fields).map(({ name, bytes }) =>
      Buffer.concat([
        Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`),
        bytes,
        Buffer.from('\r\n'),
      ]),
    );
    if (dice.roll(2) === 0) parts.push(filePart('file', 'fuzz.txt', USUAL_FILE));
    return {
      query: '',
      type: `multipart/form-data; boundary=${BOUNDARY}`,
      body: Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)]),
    };
  },
};

/** @param name of the field, as it stands in its quotation marks */
export function filePart(name: string, fileName: string, content: string | Buffer): Buffer {
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"; filename="${fileName}"\r\nContent-Type: text/plain\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(content), Buffer.from('\r\n')]);
}

function repeated(fields: readonly Field[]): { name: string; bytes: Buffer }[] {
  return fields.flatMap(({ name, value: { bytes, times = 1, suffix = '' } }) =>
    Array.from({ length: times }, () => ({ name: `${name}${suffix}`, bytes })),
  );
}

function encoded(fields: readonly Field[], only?: RegExp): string {
  return repeated(fields)
    .map(({ name, bytes }) => `${encodeURIComponent(name)}=${escaped(bytes, only)}`)
    .join('&');
}

/** @param only what is escaped; else everything but letters and digits */
export function escaped(bytes: Buffer, only = /[^\w.~-]/g): string {
  return bytes
    .toString('latin1')
    .replaceAll(only, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function jsonOf(fields: readonly Field[]): Buffer {
  const members = fields.map(({ name, value }) => {
    const content = value.json === undefined ? quoted(value.bytes) : Buffer.from(value.json, 'utf8');
    return Buffer.concat([Buffer.from(`${JSON.stringify(name)}: `), content]);
  });
  const separated = members.flatMap((member, place) =>
    place === 0 ? [member] : [Buffer.from(', '), member],
  );
  return Buffer.concat([Buffer.from('{'), ...separated, Buffer.from('}')]);
}

/** Bytes that are no UTF-8 stay what they are. */
function quoted(bytes: Buffer): Buffer {
  return Buffer.from(JSON.stringify(bytes.toString('latin1')), 'latin1');
}
