import { matchesWildcards } from './wildcards.js';

describe('matchesWildcards', () => {
  it.each<[string, string, boolean]>([
    ['staff', 'staff', true],
    ['st*', 'staff', true],
    ['*aff', 'staff', true],
    ['s*a*f', 'staff', true],
    ['s*x*f', 'staff', false],
    ['staf*ff', 'staff', false],
    ['*', '', true],
    ['s.*', 'staff', false],
  ])('%j and %j: %j', (pattern, text, matches) => {
    expect(matchesWildcards(pattern, text)).toBe(matches);
  });
});
