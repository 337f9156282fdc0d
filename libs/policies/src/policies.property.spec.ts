import fc from 'fast-check';

import { referenceAnswer, referenceMatching } from '../../../test/support/domain/reference-policies.js';
import { compilePolicies } from './compile-policies.js';
import type { PolicyQuery } from './policy-set.js';

const RUNS = 10_000;
const SEED = 20_240_602;

/** Many that match the usual request, so that policies compete, and some of everything else. */
const usually = <T>(usual: readonly T[], others: readonly T[]) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
const list = (entry: fc.Arbitrary<string>, separator: string) =>
  fc
    .tuple(fc.constantFrom(1, 1, 1, 2, 2, 3), fc.tuple(entry, entry, entry))
    .map(([length, entries]) => entries.slice(0, length).join(separator));
const negatable = (entry: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.constantFrom(...Array.from({ length: 14 }, () => ''), '-', '!'), entry)
    .map((two) => two.join(''));
const orRarely = <T>(arbitrary: fc.Arbitrary<string>, ...texts: T[]): fc.Arbitrary<string | T> =>
  fc.oneof({ weight: 20, arbitrary }, { weight: 1, arbitrary: fc.constantFrom(...texts) });
const split = (texts: string) => texts.split(/;\s+/);

const SCOPES = usually(['authentication'], ['authentication', 'admin', 'system']);
const ACTIONS = usually(
  split('a; a; a=1; b, a; *'),
  split(`b; !a; a = false; b="x, y"; b='c=d'; c=0; c=; !b; b=x=y; !*;  ; =z; a="1"`),
);
const REALMS = usually(['*', 'r1', 'R1'], ['R2', 'r3', 'r*']);
const USERS = usually(
  split(
    `*; anna; anna; ann*; a.na; anna@r1; *@R1; s1:; anna.s1:; #mail; #mail==x@y; #mail~=^x; *@r1#mail; [ab].*`,
  ),
  split(`bert; an+a; a|bert; b?ert; anna@R1; *@r2; b*@r.; s2:; b*.s1:; #mail != x@y; #phone; #phone!=1; #phone~=.*;
    anna#mail; s1:#mail; s2:#mail; :s1; Anna; #mail~=y$`),
);
const CLIENTS = usually(
  ['*', '10.0.0.0/8', '10.1.0.0/255.255.0.0', '10.1.1.1'],
  ['10.1.1.2', '192.168.0.0/16', 'fd00::/8', 'fd00::1'],
);
const TIMES = usually(
  ['*', '* * * * * *', '* 7-15 * * 0-5 *', '*/15 * * * * *', '30,31 15 * * * *'],
  ['* 7-14 * * 1-5 *', '* * * * 0 *', '* * * 6 * 2024', '31-59 * * * * *'],
);

const stored = fc.record({
  scope: SCOPES,
  action: orRarely(list(ACTIONS, ', '), 'a="x', 'a=1,a=2'),
  realm: orRarely(list(negatable(REALMS), ', '), '', 'None'),
  user: orRarely(list(negatable(USERS), ', '), null, '', 'None', 'h[', '#mail~=('),
  client: orRarely(list(negatable(CLIENTS), ', '), null, '', 'None', '10.0.0', '10.0.0.0/33'),
  time: orRarely(list(negatable(TIMES), '; '), null, '', '* * * * *'),
  active: usually(['True', 'true', null], ['', 'False']),
});

const policies = fc
  .array(fc.tuple(fc.constantFrom('p', 'Q', 'q_1', '10', '9', 'z'), stored), {
    minLength: 2,
    maxLength: 5,
    size: 'max',
  })
  .map((named) => [...new Map(named)].map(([name, policy]) => ({ name, ...policy })));

const subject = fc.record({
  login: usually(['anna'], ['bert', 'Anna', 'carl', 'anna@r1']),
  realm: usually(['r1'], ['r2', 'R1', '']),
  resolvers: usually([['s1']], [[], ['s2'], ['s1', 's2']]),
  attributes: usually<Record<string, string> | null>(
    [{ mail: 'x@y' }, { mail: 'x@y', phone: '' }],
    [null, {}, { mail: '', phone: '2' }],
  ),
});
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 3 });

const query: fc.Arbitrary<PolicyQuery & { readonly action: string }> = fc.record({
  scope: SCOPES,
  action: usually(['a'], ['b', 'c', '*', 'nosuch', 'a=1', 'nosuch=1, b']),
  realm: maybe(usually(['r1'], ['R1', 'r2', 'r4', '*', ''])),
  subject: maybe(subject),
  client: maybe(
    usually(['10.1.1.1'], ['10.1.1.2', '10.9.9.9', '192.168.3.4', 'fd00::1', '::ffff:10.1.1.1', '']),
  ),
  time: maybe(
    usually([new Date(2024, 5, 2, 15, 30)], [new Date(2024, 5, 3, 8, 7), new Date(2025, 0, 1, 0, 45)]),
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
    let choices = 0;
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
        choices += answer.matching.length < answer.matchingAll.length ? 1 : 0;
        same(answer, referenceAnswer(given, asked));
      }),
      { numRuns: RUNS, seed: SEED },
    );
    // That many match, and compete, is what makes the comparison worth something.
    expect(matches).toBeGreaterThan(RUNS / 4);
    expect(choices).toBeGreaterThan(RUNS / 40);
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
