import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import pg from 'pg';

import { figure } from '../../faults/figures.js';
import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { makeListedTokens, REALMS, USERS, userNameOf } from '../seed/listed-tokens.mjs';
import { quantile } from '../gateway/load-process.js';

/** Of a list of all tokens: only counted, never kept. */
const MOST_BYTES = 10e9;

const REQUESTS = 60;
const RESOLVER = 'files';

type Asks = (round: number) => Fields;

const digits = (round: number, length: number) =>
  createHash('md5').update(`d${round}`).digest('hex').slice(0, length);

/** By what they are asked for: parameters of `/admin/show`, and those of v2 that mean the same. */
const QUESTIONS: readonly (readonly [title: string, show: Asks, v2: Asks])[] = [
  ['all', () => ({}), () => ({})],
  ['a realm of 1 %', () => ({ realm: 'branch7' }), () => ({ realm: 'branch7' })],
  ['a realm of 30 %', () => ({ realm: 'head' }), () => ({ realm: 'head' })],
  ['a user', (n) => ({ user: userNameOf(n * 10) }), (n) => ({ username: userNameOf(n * 10), realm: 'head' })],
  [
    'a pattern of 100 users',
    (n) => ({ user: `user00${n % 10}3*` }),
    (n) => ({ username: `user00${n % 10}3*` }),
  ],
  ['10 characters', (n) => ({ filter: digits(n, 10) }), (n) => ({ searchTerm: digits(n, 10) })],
  ['5 characters', (n) => ({ filter: digits(n, 5) }), (n) => ({ searchTerm: digits(n, 5) })],
  ['3 characters', (n) => ({ filter: digits(n, 3) }), (n) => ({ searchTerm: digits(n, 3) })],
  [
    '5 characters in a realm',
    (n) => ({ filter: digits(n, 5), realm: 'head' }),
    (n) => ({ searchTerm: digits(n, 5), realm: 'head' }),
  ],
  ['a type', () => ({ filter: 'TOTP' }), () => ({ searchTerm: 'TOTP' })],
  ['inactive ones', () => ({ filter: '/:inactive:/' }), () => ({ searchTerm: '/:inactive:/' })],
  ['"card": 20 % of all', () => ({ filter: 'card' }), () => ({ searchTerm: 'card' })],
  ['"OATH": 67 % of all', () => ({ filter: 'OATH' }), () => ({ searchTerm: 'OATH' })],
  ['2 characters', (n) => ({ filter: digits(n, 2) }), (n) => ({ searchTerm: digits(n, 2) })],
];

describe.each([1_000, 1_000_000])('%d tokens', (count) => {
  let installation: Installation;
  let server: RunningProcess;
  let admin: AdminAgent;

  beforeAll(async () => {
    installation = await givenInstallation();
    const file = join(installation.folder, 'passwd');
    const lines = Array.from({ length: USERS }, (_, place) => `${userNameOf(place)}:x:${place}:1:::`);
    await writeFile(file, lines.join('\n'));
    server = await startProcess(installation);
    admin = await adminAgent(server.url, installation);
    await admin.post('/system/setResolver', { name: RESOLVER, type: 'passwdresolver', fileName: file });
    for (const realm of REALMS) {
      await admin.post('/system/setRealm', { realm, resolvers: `passwdresolver.${RESOLVER}` });
    }
    await admin.post('/system/setDefaultRealm', { realm: 'head' });
    const database = new pg.Client(installation.database.url);
    await database.connect();
    const started = performance.now();
    await makeListedTokens(database, count, RESOLVER);
    figure(`${count} tokens made in ${((performance.now() - started) / 1000).toFixed(0)} s`);
    await database.end();
  }, 900_000);

  afterAll(async () => {
    await server.stop();
    await installation.remove();
  });

  async function measured(title: string, path: string, asks: Asks): Promise<void> {
    const times: number[] = [];
    let total: unknown;
    for (let round = -3; round < REQUESTS; round++) {
      const started = performance.now();
      const { text } = await admin.get(path, asks(Math.abs(round)));
      if (round >= 0) times.push(performance.now() - started);
      total = /"(?:tokens|totalRecords)": (\d+)/.exec(text)?.[1];
    }
    const cells = [quantile(times, 0.5), quantile(times, 0.95)].map((ms) => ms.toFixed(1).padStart(8));
    figure(
      `${path.padEnd(16)} ${title.padEnd(28)} p50 ${cells[0]} ms  p95 ${cells[1]} ms  of ${String(total)}`,
    );
  }

  it('shows a page of 50', async () => {
    const pages = { page: '1', pagesize: '50', sortby: 'TokenSerialnumber' };
    for (const [title, show, v2] of QUESTIONS) {
      await measured(title, '/admin/show', (round) => ({ ...pages, ...show(round) }));
      await measured(title, '/api/v2/tokens/', (round) => ({
        pageSize: '50',
        sortBy: 'serial',
        ...v2(round),
      }));
    }
    await measured('all, by description', '/admin/show', () => ({ ...pages, sortby: 'TokenDesc' }));
    await measured('all, by failures', '/admin/show', () => ({ ...pages, sortby: 'FailCount' }));
    const middle = String(count / 100);
    await measured('all, page in the middle', '/admin/show', () => ({ ...pages, page: middle }));
    await measured('all, last page', '/admin/show', () => ({ ...pages, page: String(count / 50) }));
  }, 900_000);

  it('streams them all', async () => {
    const before = memoryMegabytes('VmRSS');
    const started = performance.now();
    const bytes = await new Promise<number>((done, fail) => {
      const counted = admin
        .get('/api/v2/tokens/', { pageSize: '0' })
        .buffer(true)
        .maxResponseSize(MOST_BYTES)
        .parse((response, parsed) => {
          let length = 0;
          response.on('data', (chunk: string | Buffer) => (length += chunk.length));
          response.on('end', () => parsed(null, length));
        });
      counted.then(({ body }) => done(Number(body)), fail);
    });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    figure(
      `all at once: ${(bytes / 1e6).toFixed(0)} MB in ${seconds} s; the server's memory: ${before} MB before, ${memoryMegabytes('VmHWM')} MB at most`,
    );
  }, 300_000);

  function memoryMegabytes(kind: 'VmRSS' | 'VmHWM'): string {
    const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
    const kilobytes = new RegExp(`${kind}:\\s+(\\d+)`).exec(status)?.[1];
    return (Number(kilobytes) / 1024).toFixed(0);
  }
});
