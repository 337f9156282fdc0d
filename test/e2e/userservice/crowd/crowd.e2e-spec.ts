import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { changed } from '../../../faults/given-users.js';
import { adminAgent } from '../../../support/clients/admin-agent.js';
import { type Installation, givenInstallation } from '../../../support/application/installation.js';
import { type RunningProcess, startProcess } from '../../../support/application/process.js';
import { type Ask, Dweller } from './dweller.js';

/**
 * Many users at once, over two nodes, each request on either: every answer is about its own user. `npm run fuzz -- users` asks
 * more. What fails names the user; the seed repeats it.
 */

const REQUESTS = Number(process.env['TWINLOCK_CROWD_REQUESTS'] ?? 2_000);
const SEED = Number(process.env['TWINLOCK_CROWD_SEED'] ?? 20_260_101);
const USERS = 500;
const AT_ONCE = 20;
const START_WITHIN_MS = 60_000;
// Many times what they take on a slow machine; a test must end.
const WITHIN_MS = 2 * START_WITHIN_MS + REQUESTS * 150;

const PASSWORD = 'password';
/** Of that password; cheap, since all of them log in. */
const HASH = '$1$abcdefgh$G//4keteveJp0qb8z2DxG/';
const RIGHTS = 'enrollHMAC, disable, enable, delete, setDescription, verify, history';

let installation: Installation;
let nodes: RunningProcess[];

beforeAll(async () => {
  installation = await givenInstallation();
  nodes = await Promise.all([startProcess(installation), startProcess(installation)]);
  const admin = await adminAgent(nodes[0]?.url ?? '', installation);
  const fileName = join(installation.folder, 'passwd');
  const lines = Array.from(
    { length: USERS },
    (_, place) => `user${place}:${HASH}:${place}:1::/:/bin/false\n`,
  );
  await writeFile(fileName, lines.join(''));
  await changed(admin, '/system/setResolver', { name: 'file', type: 'passwdresolver', fileName });
  const resolvers = 'useridresolver.PasswdIdResolver.IdResolver.file';
  await changed(admin, '/system/setRealm', { realm: 'staff', resolvers });
  await changed(admin, '/system/setDefaultRealm', { realm: 'staff' });
  const policy = {
    scope: 'selfservice',
    action: RIGHTS,
    realm: '*',
    user: '*',
    active: 'True',
    client: '',
    time: '',
  };
  await changed(admin, '/system/setPolicy', { name: 'self', ...policy });
}, START_WITHIN_MS);

afterAll(async () => {
  await Promise.all((nodes ?? []).map((node) => node.stop()));
  await installation?.remove();
}, START_WITHIN_MS);

it(
  `of ${USERS} users each is answered about themselves, in ${REQUESTS} requests`,
  async () => {
    const sent = { requests: 0 };
    const askAny =
      (draw: (limit: number) => number): Ask =>
      async (name, parameters, session) => {
        sent.requests++;
        const url = `${nodes[draw(nodes.length)]?.url ?? ''}/userservice/${name}`;
        const answer = await fetch(url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...(session !== null && { cookie: `user_selfservice=${session}` }),
          },
          body: JSON.stringify({ ...(session !== null && { session }), ...parameters }),
        });
        const [, cookie = null] =
          /^user_selfservice=(\w+)/.exec(answer.headers.getSetCookie()[0] ?? '') ?? [];
        return { status: answer.status, json: JSON.parse(await answer.text()), cookie };
      };
    // Requests of one user come one after the other, so that it is known what is theirs; those of many users are mixed.
    const streets = Array.from({ length: AT_ONCE }, (_, street) => {
      const draw = drawing(SEED + street);
      const names = Array.from({ length: USERS / AT_ONCE }, (__, house) => `user${street + house * AT_ONCE}`);
      return { draw, dwellers: names.map((name) => new Dweller(name, PASSWORD, askAny(draw), draw)) };
    });
    await Promise.all(
      streets.map(async ({ dwellers }) => {
        for (const dweller of dwellers) await dweller.logIn();
      }),
    );
    await Promise.all(
      streets.map(async ({ draw, dwellers }, street) => {
        const { dwellers: neighbours } = streets[(street + 1) % AT_ONCE] ?? { dwellers };
        while (sent.requests < REQUESTS) {
          const other = neighbours[draw(neighbours.length)];
          if (other) await dwellers[draw(dwellers.length)]?.act(other);
        }
      }),
    );
    expect(sent.requests).toBeGreaterThanOrEqual(REQUESTS);
  },
  WITHIN_MS,
);

/** Mulberry32: small, and the same for the same seed. */
function drawing(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
