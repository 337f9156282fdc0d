import fc from 'fast-check';

import { referenceAnswer, referenceMatching } from '../../../test/support/reference-policies.js';
import { compilePolicies } from './compile-policies.js';
import type { PolicyQuery } from './policy-set.js';

const RUNS = 10_000;
const SEED = 20_240_602;

const list = (entry: fc.Arbitrary<string>, separator: string) =>
  fc.array(entry, { minLength: 1, maxLength: 3 }).map((entries) => entries.join(separator));
const mostly = (entry: string, others: readonly string[]) =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant(entry) },
    { weight: 2, arbitrary: fc.constantFrom(...others) },
  );
const negatable = (entry: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.constantFrom('', '', '', '', '', '', '', '', '', '-', '!'), entry)
    .map((parts) => parts.join(''));
const orRarely = <T>(arbitrary: fc.Arbitrary<string>, ...texts: T[]): fc.Arbitrary<string | T> =>
  fc.oneof({ weight: 20, arbitrary }, { weight: 1, arbitrary: fc.constantFrom(...texts) });

const REALMS = ['r1', 'R2', 'r3', 'r*', 'R1'];
const USERS = `anna; bert; ann*; a.na; an+a; a|bert; [ab].*; b?ert; anna@r1; anna@R1; *@r2; b*@r.; s1:; s2:; anna.s1:;
  b*.s1:; #mail; #mail==x@y; #mail != x@y; #mail~=^x; #phone; #phone!=1; anna#mail; *@r1#phone; s1:#mail; :s1; Anna`;
const CLIENTS = [
  '10.0.0.0/8',
  '10.1.0.0/255.255.0.0',
  '10.1.1.1',
  '10.1.1.2',
  '192.168.0.0/16',
  'fd00::/8',
  'fd00::1',
];
const TIMES = [
  '* * * * * *',
  '* 7-17 * * 1-5 *',
  '* * * * 0 *',
  '*/15 * * * * *',
  '30,31 15 * * * *',
  '* * * 6 * 2024',
];
const ACTIONS = [
  '*',
  'b',
  '!a',
  'a=1',
  'a = false',
  'b="x, y"',
  "b='c=d'",
  'c=0',
  'c=',
  '!b',
  'b=x=y',
  '!*',
  ' ',
  '=z',
];
const SCOPES = fc.oneof(
  { weight: 8, arbitrary: fc.constant('authentication') },
  { weight: 1, arbitrary: fc.constantFrom('admin', 'system') },
);

const stored = fc.record({
  scope: SCOPES,
  action: orRarely(list(mostly('a', ACTIONS), ', '), 'a="x', 'a=1,a=2'),
  realm: orRarely(list(negatable(mostly('*', REALMS)), ', '), '', 'None'),
  user: orRarely(list(negatable(mostly('*', USERS.split(/;\s+/))), ', '), null, '', 'None', 'h[', '#mail~=('),
  client: orRarely(list(negatable(mostly('*', CLIENTS)), ', '), null, '', 'None', '10.0.0', '10.0.0.0/33'),
  time: orRarely(list(negatable(mostly('*', TIMES)), '; '), null, '', '* * * * *'),
  active: fc.constantFrom('True', 'true', 'True', null, '', 'False'),
});

const policies = fc
  .array(fc.tuple(fc.constantFrom('p', 'Q', 'q_1', '10', '9', 'z'), stored), {
    minLength: 1,
    maxLength: 4,
    size: 'max',
  })
  .map((named) => [...new Map(named)].map(([name, policy]) => ({ name, ...policy })));

const subject = fc.record({
  login: fc.constantFrom('anna', 'bert', 'Anna', 'carl', 'anna@r1'),
  realm: fc.constantFrom('r1', 'r2', 'R1', ''),
  resolvers: fc.subarray(['s1', 's2']),
  attributes: fc.constantFrom<Record<string, string> | null>(
    null,
    {},
    { mail: 'x@y' },
    { mail: '', phone: '2' },
  ),
});
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 1 });

const query: fc.Arbitrary<PolicyQuery & { readonly action: string }> = fc.record({
  scope: SCOPES,
  action: fc.constantFrom('a', 'a', 'b', 'c', '*', 'nosuch', 'a=1', 'nosuch=1, b'),
  realm: maybe(fc.constantFrom('r1', 'r1', 'R1', 'r2', 'r4', '*', '')),
  subject: maybe(subject),
  client: maybe(
    fc.constantFrom('10.1.1.1', '10.1.1.2', '10.9.9.9', '192.168.3.4', 'fd00::1', '::ffff:10.1.1.1', ''),
  ),
  time: maybe(
    fc.constantFrom(new Date(2024, 5, 2, 15, 30), new Date(2024, 5, 3, 8, 7), new Date(2025, 0, 1, 0, 45)),
  ),
});

/** `expect` says best what differs, but is too slow to be asked each time. */
function same(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) expect(actual).toEqual(expected);
}

const names = (found: readonly { readonly name: string }[]) => found.map(({ name }) => name);

describe('the engine', () => {
  it(`answers ${RUNS} random requests as the specification, read literally, does`, () => {
    let matches = 0;
    fc.assert(
      fc.property(policies, query, (given, asked) => {
        const set = compilePolicies(given);
        const answer = {
          inUse: set.hasActive(asked.scope),
          matching: names(set.matching(asked)),
          matchingAll: names(set.matchingAll(asked)),
          granting: names(set.granting(asked)),
          grants: set.grants(asked),
          value: set.value(asked),
        };
        matches += answer.matching.length > 0 ? 1 : 0;
        same(answer, referenceAnswer(given, asked));
      }),
      { numRuns: RUNS, seed: SEED },
    );
    // That many match is what makes the comparison worth something.
    expect(matches).toBeGreaterThan(RUNS / 4);
  });

  it('does the same where no action is named, and explains what it does', () => {
    fc.assert(
      fc.property(policies, query, (given, asked) => {
        const set = compilePolicies(given);
        const anyAction = { ...asked, action: undefined };
        same(names(set.matching(anyAction)), referenceMatching(given, anyAction));
        const explained = set.explain(asked);
        const withOutcome = (...outcomes: string[]) =>
          names(
            explained.policies
              .filter(({ outcome }) => outcomes.includes(outcome))
              .map(({ policy }) => policy),
          );
        same(withOutcome('decided', 'chosen'), names(set.matching(asked)));
        same(withOutcome('decided', 'chosen', 'outranked'), names(set.matchingAll(asked)));
        same([explained.grants, explained.value], [set.grants(asked), set.value(asked)]);
      }),
      { numRuns: RUNS / 10, seed: SEED },
    );
  });
});
