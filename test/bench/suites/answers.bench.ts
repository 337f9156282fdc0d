import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import pg from 'pg';

import { countOf, figure } from '../../faults/figures.js';
import { LoginClient } from '../../faults/login-client.js';
import { type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { hotpAt } from '../../support/clients/otp.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { quantile } from '../gateway/load-process.js';
import { PIN, enrolTokens, loginOf, serialOf, userIdOf } from '../seed/tokens.mjs';

const ROUNDS = countOf('TWINLOCK_ANSWER_ROUNDS', 400);
const WARM_UP = 40;
const WITHIN_MS = 600_000;

/** Why it is answered as it is. Each request has a token of its own: nothing is locked by it, or waits for it. */
const REASONS = [
  { what: 'right', pass: `${PIN}${hotpAt(0)}` },
  { what: 'unknown user', pass: `${PIN}${hotpAt(0)}` },
  { what: 'no token', pass: `${PIN}${hotpAt(0)}` },
  { what: 'wrong PIN', pass: `pin2${hotpAt(0)}` },
  { what: 'wrong OTP', pass: `${PIN}${hotpAt(100)}` },
  { what: 'locked', pass: `${PIN}${hotpAt(0)}` },
  { what: 'disabled', pass: `${PIN}${hotpAt(0)}` },
] as const;
const ENDPOINTS = ['check', 'check_s'] as const;
const USERS = ROUNDS * REASONS.length * ENDPOINTS.length;

/** Who has which reason: in turn. */
const reasonOf = (place: number) => REASONS[place % REASONS.length]?.what ?? 'right';

let installation: Installation;
let server: RunningProcess;
let client: LoginClient;

beforeAll(async () => {
  installation = await givenInstallation();
  const file = join(installation.folder, 'passwd');
  const known = Array.from({ length: USERS }, (_, place) => place).filter(
    (place) => reasonOf(place) !== 'unknown user',
  );
  await writeFile(file, known.map((place) => `${loginOf(place)}:x:${userIdOf(place)}:1::/:`).join('\n'));
  server = await startProcess(installation);
  client = new LoginClient(server.url);
  const admin = await adminAgent(server.url, installation);
  await admin.post('/system/setResolver', { name: 'files', type: 'passwdresolver', fileName: file });
  await admin.post('/system/setRealm', { realm: 'files', resolvers: 'passwdresolver.files' });
  const database = new pg.Client(installation.database.url);
  await database.connect();
  await enrolTokens(database, installation.folder, USERS, {
    resolver: 'files',
    type: 'passwd',
    realm: 'files',
  });
  const of = (what: string) =>
    Array.from({ length: USERS }, (_, place) => place)
      .filter((place) => reasonOf(place) === what)
      .map(serialOf);
  await database.query('UPDATE token SET failures = max_failures WHERE serial = ANY ($1)', [of('locked')]);
  await database.query('UPDATE token SET active = false WHERE serial = ANY ($1)', [of('disabled')]);
  await database.query('DELETE FROM token WHERE serial = ANY ($1)', [
    [...of('no token'), ...of('unknown user')],
  ]);
  await database.query('ANALYZE token');
  await database.end();
}, WITHIN_MS);

afterAll(async () => {
  client?.close();
  await server?.stop();
  await installation?.remove();
}, WITHIN_MS);

it(
  'how long answers take, by their reason',
  async () => {
    for (const [turn, endpoint] of ENDPOINTS.entries()) {
      const times = new Map<string, number[]>(REASONS.map(({ what }) => [what, []]));
      for (let round = 0; round < ROUNDS; round++) {
        // Each comes as often behind each other one.
        for (let index = 0; index < REASONS.length; index++) {
          const reason = (index * (1 + (round % (REASONS.length - 1))) + round) % REASONS.length;
          const place = (turn * ROUNDS + round) * REASONS.length + reason;
          const { what, pass } = REASONS[reason] ?? REASONS[0];
          const who: Fields =
            endpoint === 'check' ? { user: loginOf(place), realm: 'files' } : { serial: serialOf(place) };
          const answer = await client.post(`/validate/${endpoint}`, { ...who, pass });
          expect({ what, isAccepted: answer.isAccepted }).toEqual({ what, isAccepted: what === 'right' });
          if (round >= WARM_UP) times.get(what)?.push(answer.milliseconds);
        }
      }
      const medians = REASONS.map(({ what }) => quantile(times.get(what) ?? [], 0.5));
      const shortest = Math.min(...medians);
      for (const [place, { what }] of REASONS.entries()) {
        const p50 = medians[place] ?? Number.NaN;
        const p95 = quantile(times.get(what) ?? [], 0.95);
        figure(
          `${endpoint.padEnd(8)} ${what.padEnd(13)} p50 ${p50.toFixed(2)} ms, p95 ${p95.toFixed(2)} ms, ` +
            `median ${(p50 - shortest).toFixed(2)} ms above the shortest`,
        );
      }
      figure(`${endpoint.padEnd(8)} medians lie within ${(Math.max(...medians) - shortest).toFixed(2)} ms`);
    }
  },
  WITHIN_MS,
);
