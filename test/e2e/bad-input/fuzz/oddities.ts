import type { Dice } from '../../../support/audit/dice.js';
import { MARKUP } from './nasty.js';
import { filePart } from './requests.js';
import type { WireRequest } from './wire.js';

/** What is wrong with a request as a whole. */
export interface Oddity {
  readonly name: string;
  apply(request: WireRequest, dice: Dice): WireRequest;
}

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
const MULTIPART = 'multipart/form-data; boundary=fuzzfuzz';
const END = '--fuzzfuzz--\r\n';

const method = (name: string): Oddity => ({
  name: `method ${name}`,
  apply: (request) => ({ ...request, method: name }),
});

const withHeader = (what: string, name: string, ...values: readonly string[]): Oddity => ({
  name: what,
  apply: (request) => ({
    ...request,
    headers: [
      ...request.headers.filter(([known]) => known.toLowerCase() !== name.toLowerCase()),
      ...values.map((value) => [name, value] as const),
    ],
  }),
});

/** Beside what is there of that name. */
const another = (what: string, name: string, value: string): Oddity => ({
  name: what,
  apply: (request) => ({ ...request, headers: [...request.headers, [name, value]] }),
});

const body = (what: string, type: string, content: string | Buffer, length?: string): Oddity => ({
  name: what,
  apply: (request) => {
    const bytes = Buffer.from(content);
    return {
      ...request,
      method: request.method === 'GET' ? 'POST' : request.method,
      headers: [
        ...request.headers.filter(([name]) => !/^content-/i.test(name)),
        ['Content-Type', type],
        ['Content-Length', length ?? String(bytes.length)],
      ],
      body: bytes,
    };
  },
});

const target = (what: string, change: (path: string, query: string) => string): Oddity => ({
  name: what,
  apply: (request) => {
    const [path = '', query] = request.target.split('?', 2);
    return { ...request, target: change(path, query === undefined ? '' : `?${query}`) };
  },
});

const query = (what: string, text: string): Oddity =>
  target(what, (path, known) => `${path}${known === '' ? '?' : `${known}&`}${text}`);

const chunked = (what: string, content: string): Oddity => ({
  name: what,
  apply: (request) => ({
    ...request,
    method: 'POST',
    headers: [
      ...request.headers.filter(([name]) => !/^content-/i.test(name)),
      ['Content-Type', FORM],
      ['Transfer-Encoding', 'chunked'],
    ],
    body: Buffer.from(content, 'latin1'),
  }),
});

// alg none, and another key.
const JWT_NONE = `${base64url('{"alg":"none"}')}.${base64url('{"sub":"admin","exp":9999999999}')}.`;
const JWT_OTHER = `${base64url('{"alg":"HS256","typ":"JWT"}')}.${base64url('{"sub":"admin","exp":9999999999}')}.${base64url('x'.repeat(32))}`;

export const ODDITIES: readonly Oddity[] = [
  ...'GET POST PUT DELETE PATCH HEAD OPTIONS TRACE PROPFIND QUERY LOCK FOO get'.split(' ').map(method),
  ...[
    'text/plain',
    'text/xml',
    'application/json; charset=utf-7',
    'application/json;;;=',
    'application/vnd.api+json',
    'application/x-www-form-urlencoded; charset=utf-16',
    'multipart/form-data',
    'multipart/form-data; boundary=',
    `multipart/form-data; boundary="${'b'.repeat(300)}"`,
    'multipart/form-data; boundary="\xff"',
    'multipart/mixed; boundary=fuzzfuzz',
    'APPLICATION/JSON',
    '/',
    '',
  ].map((type) => withHeader(`content type ${type.slice(0, 60)}`, 'Content-Type', type)),
  another('two content types', 'Content-Type', JSON_TYPE),
  withHeader('a content encoding', 'Content-Encoding', 'gzip'),
  body('JSON, an array', JSON_TYPE, '[{"user":"anna"}]'),
  body('JSON, null', JSON_TYPE, 'null'),
  body('JSON, a text', JSON_TYPE, '"user=anna"'),
  body('JSON, a number', JSON_TYPE, '1e400'),
  body('JSON, nothing', JSON_TYPE, ''),
  body('JSON, a half', JSON_TYPE, '{"user": "an'),
  body('JSON, more behind it', JSON_TYPE, '{"user": "anna"} x'),
  body('JSON with a mark', JSON_TYPE, '\ufeff{"user": "anna"}'),
  body('JSON in UTF-16', JSON_TYPE, Buffer.from('{"user": "anna"}', 'utf16le')),
  body('JSON, names twice', JSON_TYPE, '{"user": "anna", "user": "berta@beta", "user": null}'),
  body('JSON, __proto__', JSON_TYPE, '{"__proto__": {"serial": "BERTA1", "isAdmin": true}, "user": "anna"}'),
  body(
    'JSON, constructor',
    JSON_TYPE,
    '{"constructor": {"prototype": {"serial": "BERTA1"}}, "user": "anna"}',
  ),
  body(
    'JSON, names of methods',
    JSON_TYPE,
    '{"toString": "x", "hasOwnProperty": 1, "then": 1, "get": 2, "": 3}',
  ),
  body('JSON, 30000 deep', JSON_TYPE, `${'['.repeat(30_000)}${']'.repeat(30_000)}`),
  body('JSON, objects 10000 deep', JSON_TYPE, `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`),
  body(
    'JSON, 5000 names',
    JSON_TYPE,
    JSON.stringify(Object.fromEntries(Array.from({ length: 5_000 }, (_, place) => [`n${place}`, 1]))),
  ),
  body('JSON, numbers as names', JSON_TYPE, '{"0": 1, "1": 2, "length": 2}'),
  body('a form of separators', FORM, '&&&===&=&&;'),
  body(
    'a form of __proto__',
    FORM,
    '__proto__=x&__proto__[serial]=BERTA1&constructor[prototype][x]=1&constructor.prototype.y=1',
  ),
  body('a form of names only', FORM, 'user&realm&serial&pass'),
  body('a form of 10000 names', FORM, Array.from({ length: 10_000 }, (_, place) => `n${place}`).join('&')),
  body('a form of bytes', FORM, Buffer.from(Array.from({ length: 256 }, (_, code) => code))),
  body('a form, names with NUL', FORM, 'us%00er=anna&user%00=anna&%00=x'),
  body('a form of 70 KB', FORM, `user=${'x'.repeat(70_000)}`),
  body('a form of 5 MB', FORM, `user=${'x'.repeat(5_000_000)}`),
  body('multipart without an end', MULTIPART, filePart('file', 'a', 'x')),
  body('multipart that ends in a header', MULTIPART, '--fuzzfuzz\r\nContent-Disp'),
  body(
    'multipart, another boundary',
    MULTIPART,
    '--other\r\nContent-Disposition: form-data; name="user"\r\n\r\nanna\r\n--other--\r\n',
  ),
  body('multipart, nothing', MULTIPART, ''),
  body(
    'multipart, several files',
    MULTIPART,
    Buffer.concat([
      filePart('file', 'a', 'x'),
      filePart('file', 'b', 'y'),
      filePart('user', 'c', 'anna'),
      Buffer.from(END),
    ]),
  ),
  body(
    'multipart, 120 parts',
    MULTIPART,
    Buffer.concat([
      ...Array.from({ length: 120 }, (_, place) => filePart(`f${place}`, 'a', 'x')),
      Buffer.from(END),
    ]),
  ),
  body(
    'multipart, a file of that path',
    MULTIPART,
    Buffer.concat([filePart('file', '../../../etc/passwd', 'x'), Buffer.from(END)]),
  ),
  body(
    'multipart, names of prototypes',
    MULTIPART,
    Buffer.concat([filePart('__proto__', 'constructor', 'x'), filePart('', '', 'y'), Buffer.from(END)]),
  ),
  body('multipart, a part without a name', MULTIPART, `--fuzzfuzz\r\n\r\nx\r\n${END}`),
  body(
    'multipart, a charset that nobody knows',
    MULTIPART,
    `--fuzzfuzz\r\nContent-Disposition: form-data; name="user"\r\nContent-Type: text/plain; charset=nosuch\r\n\r\nanna\r\n${END}`,
  ),
  body(
    'multipart, a long header',
    MULTIPART,
    `--fuzzfuzz\r\nContent-Disposition: form-data; name="${'u'.repeat(100_000)}"\r\n\r\nx\r\n${END}`,
  ),
  body(
    'multipart, a file of bytes',
    MULTIPART,
    Buffer.concat([filePart('file', 'a', Buffer.from('fffe00ff4100\u0000c328', 'hex')), Buffer.from(END)]),
  ),
  body(
    'multipart, a file of XML',
    MULTIPART,
    Buffer.concat([
      filePart(
        'file',
        'a.xml',
        `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "${'x'.repeat(100)}"><!ENTITY b "${'&a;'.repeat(50)}">]><KeyContainer>&b;${'<Key>'.repeat(2_000)}`,
      ),
      Buffer.from(END),
    ]),
  ),
  body(
    'multipart, a file of lines',
    MULTIPART,
    Buffer.concat([
      filePart('file', 'a.csv', `${'"unclosed,'.repeat(500)}\n,,,,\n\0\n"a""b",${MARKUP}\n`),
      Buffer.from(END),
    ]),
  ),
  body(
    'multipart, a megabyte and more',
    MULTIPART,
    Buffer.concat([filePart('file', 'a', 'x'.repeat(1_200_000)), Buffer.from(END)]),
  ),
  {
    ...body('a body that is cut short', FORM, 'user=an', '100'),
    apply: (request, dice) => ({
      ...body('', FORM, 'user=an', '100').apply(request, dice),
      isCutShort: true,
    }),
  },
  body('a body longer than it says', FORM, 'user=anna&pass=x', '4'),
  body('a length below nothing', FORM, 'user=anna', '-1'),
  body('a length that is none', FORM, 'user=anna', '9x'),
  another('two lengths', 'Content-Length', '3'),
  another('a length and chunks', 'Transfer-Encoding', 'chunked'),
  another('an encoding of transfer that nobody knows', 'Transfer-Encoding', 'xchunked'),
  chunked('chunks', '4\r\nuser\r\n5;x=y\r\n=anna\r\n0\r\nX-Trailer: 1\r\n\r\n'),
  chunked('chunks that are none', 'zz\r\nuser\r\n0\r\n\r\n'),
  chunked('a chunk of much', 'fffffffffffffffff\r\nuser'),
  withHeader('no host', 'Host'),
  withHeader('a host of somebody else', 'Host', 'evil.example'),
  withHeader('a host that is none', 'Host', `"'>${MARKUP}`),
  withHeader('two hosts', 'Host', 'localhost', 'evil.example'),
  withHeader('it expects to go on', 'Expect', '100-continue'),
  withHeader('it expects what nobody does', 'Expect', '999-x'),
  withHeader('an upgrade', 'Upgrade', 'websocket'),
  ...[
    '\xff\xfe',
    '127.0.0.1',
    '10.0.0.1, 127.0.0.1',
    '::ffff:127.0.0.1',
    "' OR 1=1",
    `${'1.2.3.4, '.repeat(500)}`,
    '127.0.0.1:99999',
    '[::1',
    'unknown',
  ].map((value) => withHeader(`forwarded for ${value.slice(0, 20)}`, 'X-Forwarded-For', value)),
  withHeader('forwarded by something', 'X-Forwarded-Proto', 'gopher, https'),
  withHeader('forwarded, in the other form', 'Forwarded', 'for="[::1]";proto=https;host=evil.example'),
  withHeader('a method instead', 'X-HTTP-Method-Override', 'DELETE'),
  withHeader('a URL instead', 'X-Original-URL', '/admin/show'),
  ...[
    ['of no algorithm', `access_token_cookie=${JWT_NONE}`],
    ['of another key', `access_token_cookie=${JWT_OTHER}; csrf_access_token=x`],
    ['of a part', 'access_token_cookie=eyJhbGciOiJIUzI1NiJ9'],
    ['of dots', 'access_token_cookie=......; user_selfservice=.....'],
    ['of a list', 'access_token_cookie=j:{"a":1}; user_selfservice=j:[1]; admin_session=j:null'],
    ['of __proto__', '__proto__=x; constructor=y; =z; ;;;=;'],
    ['of bytes', 'access_token_cookie=\xff\xc3; user_selfservice=%ff%00'],
    ['of 8 KB', `access_token_cookie=${'a'.repeat(8_000)}`],
    ['of SQL', "user_selfservice=' OR 1=1 --; admin_session=' OR 1=1"],
    ['of 500 names', Array.from({ length: 500 }, (_, place) => `c${place}=1`).join('; ')],
  ].map(([what = '', value = '']) => withHeader(`cookie ${what}`, 'Cookie', value)),
  ...[
    'Basic',
    'Basic !!!!',
    'Basic OmE=',
    `Basic ${Buffer.from('admin:\0').toString('base64')}`,
    `Basic ${Buffer.from(`*:${'x'.repeat(3_000)}`).toString('base64')}`,
    `Bearer ${JWT_NONE}`,
    'Negotiate YII=',
    'Digest username="admin"',
    '\xff',
    ' ',
  ].map((value) => withHeader(`authorization ${value.slice(0, 20)}`, 'Authorization', value)),
  withHeader('a CSRF token of somebody', 'X-CSRF-TOKEN', 'x'),
  withHeader('a CSRF token of bytes', 'X-CSRF-TOKEN', '\xff\xfe'),
  withHeader('a header of 20 KB', 'X-Fuzz', 'x'.repeat(20_000)),
  {
    name: '3000 headers',
    apply: (request) => ({
      ...request,
      headers: [
        ...request.headers,
        ...Array.from({ length: 3_000 }, (_, place) => [`a${place}`, ''] as const),
      ],
    }),
  },
  withHeader('a header with NUL', 'X-Fuzz', 'a\0b'),
  withHeader('a folded header', 'X-Fuzz', 'a\r\n b'),
  {
    name: 'a header without a colon',
    apply: (request) => ({ ...request, headers: [...request.headers, ['X Fuzz', 'y']] }),
  },
  withHeader('a language', 'Accept-Language', `${'xx;q=9,'.repeat(300)}*`),
  withHeader('a range', 'Range', 'bytes=0-1,2-3,-9'),
  withHeader('a condition', 'If-None-Match', '*'),
  target('a slash behind it', (path, rest) => `${path}/${rest}`),
  target('no slash behind it', (path, rest) => `${path.replace(/\/$/, '')}${rest}`),
  target('two slashes', (path, rest) => `/${path}${rest}`),
  target('a host in the path', (path, rest) => `//evil.example${path}${rest}`),
  target('dots', (path, rest) => `/x/..${path}${rest}`),
  target('encoded dots', (path, rest) => `/x/%2e%2e${path}${rest}`),
  target('dots with a semicolon', (path, rest) => `/x/..;${path}${rest}`),
  target('a parameter of the path', (path, rest) => `${path};jsessionid=1${rest}`),
  target('NUL in the path', (path, rest) => `${path}%00${rest}`),
  target('no UTF-8 in the path', (path, rest) => `${path}%ff%c3${rest}`),
  target('a percent sign in the path', (path, rest) => `${path}%${rest}`),
  target('CRLF in the path', (path, rest) => `${path}%0d%0aX-Fuzz:%201${rest}`),
  target('a backslash in the path', (path, rest) => `${path.replaceAll('/', '\\')}${rest}`),
  target('another segment', (path, rest) => `${path}/more${rest}`),
  target('capitals', (path, rest) => `${path.toUpperCase()}${rest}`),
  target('10 KB of path', (path, rest) => `${path}/${'p'.repeat(10_000)}${rest}`),
  target('30 KB of path', (path, rest) => `${path}/${'p'.repeat(30_000)}${rest}`),
  target('markup in the path', (path, rest) => `${path}/${MARKUP.replaceAll(' ', '%20')}${rest}`),
  target('a whole URL', (path, rest) => `http://evil.example${path}${rest}`),
  target('an asterisk alone', () => '*'),
  target('bytes in the path', (path, rest) => `${path}/\xff\x80${rest}`),
  query('a fragment', '#x'),
  query('names that nobody knows', 'fuzz=1&x[y]=2&_=3'),
  query('__proto__', '__proto__=x&__proto__[serial]=BERTA1&constructor=1'),
  query('question marks', '?'.repeat(500)),
  query('3000 names', Array.from({ length: 3_000 }, (_, place) => `q${place}=1`).join('&')),
  query('no UTF-8', 'user=%ff%fe&serial=%c3'),
  ...['400', '503', '200', '0', '1e400', 'x', '', '600'].map((status) =>
    query(`httperror ${status}`, `httperror=${status}`),
  ),
  {
    name: 'two at once',
    apply: (request, dice) => dice.pick(ODDITIES).apply(dice.pick(ODDITIES).apply(request, dice), dice),
  },
];

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
