import { tokenTypes } from '@app/tokens';

import type { Fields } from '../../../support/clients/admin-agent.js';
import { WITHIN_MS } from '../../../support/application/token-server.js';
import { CASES, type Case, type CaseName, type Endpoint, LOGINS, PIN } from './cases.js';
import { type Missing, type Otherwise, TYPES, type TypeRow } from './types.js';
import { World } from './world.js';

/**
 * Every token type in every case of a login: what is answered, what is counted and spent, what stands in the record. A row
 * of `types.ts` says what is otherwise for a type, or why a case is none.
 */

const NAMES = Object.keys(CASES) as CaseName[];
const WINDOWS: Partial<Record<CaseName, 'edge' | 'beyond' | 'behind'>> = {
  'last inside the window': 'edge',
  'beyond the window': 'beyond',
  'before the window': 'behind',
};

let world: World;

beforeAll(async () => {
  world = await World.start();
}, WITHIN_MS);
afterAll(() => world?.stop(), WITHIN_MS);

/** What the table has where the row and the column meet. */
function cellOf(row: TypeRow, name: CaseName): Missing | (Case & { readonly why: string }) {
  const window = WINDOWS[name];
  const value = window && row[window];
  if (value && 'missing' in value) return value;
  const usual: Case = CASES[name];
  const said: Otherwise | Missing | undefined = row.otherwise[name];
  if (!said) return { ...usual, why: '' };
  if ('missing' in said) return said;
  const failures = said.failures ?? (said.isAccepted ? 0 : 1);
  const { detail: _, ...rest } = usual;
  return { ...rest, ...said, failures };
}

it('has a row for each type that there is', () => {
  expect(TYPES.map(({ label }) => label).toSorted()).toEqual(tokenTypes.map(({ label }) => label).toSorted());
});

describe.each(TYPES)('a $type token', (row) => {
  const cells = NAMES.map((name) => ({ name, cell: cellOf(row, name) }));
  const tested = cells.flatMap(({ name, cell }) => ('missing' in cell ? [] : [{ name, cell }]));

  describe.each([
    { when: 'that is asked for all at once', isChallenged: false },
    { when: 'whose OTP is asked for by a challenge', isChallenged: true },
  ])('$when', ({ isChallenged }) => {
    const titled = tested
      .filter(({ cell }) => (cell.isChallenged ?? false) === isChallenged)
      .map(({ name, cell }) => ({
        cell,
        title: `${cell.isAccepted ? 'accepts' : 'refuses'}: ${name}${cell.why && `, for ${cell.why}`}`,
      }));
    if (titled.length === 0) return;

    beforeAll(() =>
      world.givePolicies(isChallenged ? [{ scope: 'authentication', action: 'challenge_response=*' }] : []),
    );

    it.each(titled)(
      '$title',
      async ({ cell }) => {
        for (const endpoint of cell.at ?? LOGINS) {
          expect({ endpoint, ...(await tried(row, cell, endpoint)) }).toEqual({
            endpoint,
            ...wanted(row, cell, endpoint),
          });
        }
      },
      WITHIN_MS,
    );
  });

  it('has a reason for each case that is none', () => {
    const missing = cells.flatMap(({ cell }) => ('missing' in cell ? [cell.missing] : []));
    expect(tested.length + missing.length).toBe(NAMES.length);
    for (const reason of missing) expect(reason).not.toBe('');
  });
});

/** What came of it. */
async function tried(row: TypeRow, { arrange, pass, isChallenged }: Case, endpoint: Endpoint) {
  await world.removeAll();
  await world.enrol(row);
  const isAsked = row.isSent && !isChallenged;
  const said: Fields = isAsked ? { state: await world.challenge(row, 'anna', PIN) } : {};
  const more = { ...said, ...(await arrange?.(world, row, said)) };
  await world.failTwice();
  const before = await world.stored();
  const foreign = await world.otherChallenges();
  const isAccepted = await world.isAccepted(endpoint, formOf(endpoint, pass(row), more));
  const after = await world.stored();
  const { succeeded, detail, info, tokenType } = (await world.newestRecord()) ?? {};
  return {
    isAccepted,
    failures: after.failures,
    isSpent: after.counter > before.counter,
    // Nobody's challenge is touched by somebody else's answer.
    foreign: await world.otherChallenges().then((now) => now.join() === foreign.join()),
    succeeded,
    detail,
    // Which policies were asked is not told here.
    info: info?.replace(/^policies: .*/, ''),
    ...(isAccepted && { tokenType }),
  };
}

function wanted(row: TypeRow, cell: Case, endpoint: Endpoint) {
  const { isAccepted, failures, detail = '' } = cell;
  const who = endpoint === 'check_s' ? "serial 'T1'" : "user 'anna'@'one'";
  const usual = isAccepted ? `${who} successfully authenticated.` : detail;
  return {
    isAccepted,
    failures: isAccepted ? 0 : 2 + failures,
    isSpent: isAccepted && (row.isOneTime || expect.any(Boolean)),
    foreign: true,
    succeeded: isAccepted,
    detail: usual,
    info: cell.info?.(endpoint) ?? '',
    ...(isAccepted && { tokenType: row.label }),
  };
}

function formOf(endpoint: Endpoint, pass: string | null, more: Fields): Fields {
  const who: Fields =
    endpoint === 'check_t' ? {} : endpoint === 'check_s' ? { serial: 'T1' } : { user: 'anna' };
  return { ...who, ...(pass !== null && { pass }), ...more };
}
