#!/usr/bin/env node
/**
 * Random requests to every endpoint for a while: `npm run fuzz`. Needs the build. Prints how they were answered; nothing should
 * be accepted, nothing should end the server, and its memory should stay where it is.
 *
 *   --seconds N      how long (30)
 *   --seed N         of the random numbers; printed, so that a run can be repeated (the time)
 *   --connections N  at once (16)
 *
 * `npm run fuzz -- walks`: random walks over logins, tokens and policies beside a model of who may be let in (test/e2e/walks), which
 * `npm test` makes shorter.
 *
 *   --steps N        how many (100000)
 *   --seed N         as above
 *
 * `npm run fuzz -- users`: requests of 500 users of the self-service at once over two nodes, each of which must be answered about
 * themselves (test/e2e/userservice/crowd).
 *
 *   --requests N     how many (10000)
 *   --seed N         as above
 */
import { connect } from 'node:net';
import { join } from 'node:path';

import { startDatabase } from '../test/bench/database.mjs';
import { startServer } from '../test/bench/server.mjs';
import { runSuites } from '../test/bench/suites.mjs';
import { argumentsOrUsage } from './usage.mjs';

const PATHS = [
  '/validate/check',
  '/validate/check_s',
  '/validate/check_t',
  '/validate/check_status',
  '/validate/check_yubikey',
  '/validate/simplecheck',
  '/validate/samlcheck',
  '/validate/smspin',
  '/validate/accept_transaction',
  '/validate/pair',
  '/admin/login',
  '/admin/logout',
  '/admin/show',
  '/admin/init',
  '/admin/assign',
  '/admin/unassign',
  '/admin/enable',
  '/admin/disable',
  '/admin/remove',
  '/admin/set',
  '/admin/reset',
  '/admin/resync',
  '/system/setResolver',
  '/system/setRealm',
  '/system/setDefaultRealm',
  '/system/getRealms',
  '/system/getResolvers',
  '/audit/search',
  '/api/v2/tokens/',
  '/api/v2/tokens/FUZZ1',
  '/metrics',
  '/api/docs',
];
const NAMES = [
  'user',
  'pass',
  'serial',
  'realm',
  'type',
  'otpkey',
  'pin',
  'page',
  'pagesize',
  'sortby',
  'qtype',
  'query',
  'httperror',
  'name',
  'fileName',
  'resolvers',
  'serial[]',
  '__proto__',
  'constructor',
  'session',
  'csrf_token',
  'transactionid',
  'state',
  'resConf',
  'token_type',
  'data',
  'challenge',
];
const NASTY = [
  '',
  '\0',
  '\ud800',
  '%00',
  '*',
  '%',
  '\\',
  "' OR 1=1 --",
  '*)(uid=*))(|(uid=*',
  '$(id)',
  '../../etc/passwd',
  '9'.repeat(400),
  '-1',
  'NaN',
  'alice',
  'FUZZ1',
  '1234755224x',
  '{"a":[[[]]]}',
  '<script>',
  'ä€😀',
  'x'.repeat(5_000),
];
const METHODS = ['GET', 'POST', 'POST', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'FOO'];
const TYPES = [
  'application/x-www-form-urlencoded',
  'application/json',
  'multipart/form-data; boundary=x',
  'text/plain',
  'application/json; charset=utf-7',
  '',
];
const MAIN = new URL('../dist/src/main.js', import.meta.url).pathname;
const ANSWER_WITHIN_MS = 10_000;

const { values, positionals } = argumentsOrUsage(import.meta.filename, {
  allowPositionals: true,
  options: {
    steps: { type: 'string', default: '100000' },
    requests: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    connections: { type: 'string', default: '16' },
  },
});
const random = generator(Number(values.seed));
process.stdout.write(`seed ${values.seed}\n`);
if (positionals.includes('walks')) {
  process.exitCode = await runSuites('end-to-end', ['test/e2e/walks/'], {
    TWINLOCK_WALK_STEPS: values.steps,
    TWINLOCK_WALK_SEED: values.seed,
  });
} else if (positionals.includes('users')) {
  process.exitCode = await runSuites('end-to-end', ['test/e2e/userservice/crowd/'], {
    TWINLOCK_CROWD_REQUESTS: values.requests,
    TWINLOCK_CROWD_SEED: values.seed,
  });
} else {
  await sendNonsense();
}

async function sendNonsense() {
  const database = await startDatabase();
  const server = await startServer([process.execPath, MAIN], {
    DATABASE_URL: database.url,
    TWINLOCK_DATA: join(database.folder, 'data'),
    TWINLOCK_LOG_LEVEL: 'fatal',
  });
  const port = Number(new URL(server.url).port);
  const statuses = new Map();
  let accepted = 0;
  const before = server.memoryMegabytes();
  const end = performance.now() + Number(values.seconds) * 1000;
  await Promise.all(
    Array.from({ length: Number(values.connections) }, async () => {
      while (performance.now() < end) {
        const answer = await send(randomRequest(), port);
        const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'none';
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (answer.includes(':-)') || /"(?:value|auth)": true/.test(answer)) accepted++;
      }
    }),
  );
  const alive = await fetch(`${server.url}/readyz`).then(
    ({ status }) => status,
    () => 'no answer',
  );
  process.stdout.write(
    `answers by status: ${[...statuses]
      .toSorted()
      .map(([status, count]) => `${status}: ${count}`)
      .join(', ')}\n` +
      `answers that say yes: ${accepted}\n` +
      `memory: ${before.toFixed(0)} MB before, ${server.memoryMegabytes().toFixed(0)} MB after\n` +
      `/readyz: ${alive}\n`,
  );
  await server.stop();
  await database.stop();
}

/** A request without a session, more or less as HTTP has it. */
function randomRequest() {
  const fields = Array.from({ length: random(6) }, () => [pick(NAMES), randomValue()]);
  const type = pick(TYPES);
  const encoded = fields.map(([name, value]) => `${encodeURIComponent(name)}=${escaped(value)}`).join('&');
  const body = random(8) === 0 ? randomBytes(random(300)) : bodyOf(type, fields, encoded);
  const method = pick(METHODS);
  const path = random(10) === 0 ? `/${randomBytes(random(20)).replace(/[\s\0]/g, '')}` : pick(PATHS);
  const target = random(2) === 0 ? `${path}?${encoded}` : path;
  const headers = [
    'Host: localhost',
    'Connection: close',
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body, 'latin1')}`,
    ...(random(3) === 0 ? [`Cookie: access_token_cookie=${escaped(randomValue())}; a=b`] : []),
    ...(random(3) === 0 ? [`X-CSRF-TOKEN: ${escaped(randomValue())}`] : []),
    ...(random(4) === 0 ? [`Authorization: Basic ${escaped(randomValue())}`] : []),
    ...(random(4) === 0 ? [`X-Forwarded-For: ${escaped(randomValue())}, 10.0.0.1`] : []),
  ];
  return `${method} ${target} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${body}`;
}

function bodyOf(type, fields, encoded) {
  if (type.startsWith('application/json')) {
    return Buffer.from(JSON.stringify(Object.fromEntries(fields)), 'utf8').toString('latin1');
  }
  if (!type.startsWith('multipart')) return encoded;
  const parts = fields.map(
    ([name, value]) =>
      `--x\r\nContent-Disposition: form-data; name="${escaped(name)}"\r\n\r\n${escaped(value)}\r\n`,
  );
  return `${parts.join('')}--x--\r\n`;
}

/** Each on a connection of its own: a request that is none may leave anything behind. */
function send(text, port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => resolve(answer));
    socket.on('close', () => resolve(answer));
    // Not ended from this side: a server may take a half-closed connection for a lost one.
    socket.write(text, 'latin1');
  });
}

function randomValue() {
  return random(3) === 0 ? randomBytes(random(40)) : pick(NASTY);
}

function randomBytes(length) {
  return Array.from({ length }, () => String.fromCharCode(random(256))).join('');
}

function escaped(text) {
  return encodeURIComponent(text.toWellFormed());
}

function pick(list) {
  return list[random(list.length)];
}

/** Mulberry32: small, and the same for the same seed. */
function generator(seed) {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
