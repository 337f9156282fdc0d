import { exactPattern, likePattern, starPattern, tidyPattern } from './like-pattern.js';

describe('a pattern of a search', () => {
  it.each([
    ['anna', 'anna', true, false],
    ['', '', true, false],
    ['an%', 'an', false, false],
    ['an_a', 'an', false, false],
    ['%', '', false, true],
    ['%%', '', false, true],
    ['%_', '', false, false],
    ['100\\%', '100%', true, false],
    ['a\\_b%', 'a_b', false, false],
    ['a\\\\%', 'a\\', false, false],
    ['a\\', 'a\\', true, false],
  ])('%j begins with %j, is exact: %s, matches everything: %s', (like, prefix, isExact, isAnything) => {
    expect(likePattern(like)).toEqual({ prefix, isExact, isAnything });
  });

  it.each([
    ['admin/*', 'admin/%'],
    ['100%_\\*', '100\\%\\_\\\\%'],
  ])('with stars, %j is %j', (stars, like) => {
    expect(starPattern(stars)).toBe(like);
  });

  it.each(['anna', '%', 'a_b', 'a\\', '*', 'a\\%_'])('for %j alone is matched by nothing else', (text) => {
    expect(likePattern(exactPattern(text))).toMatchObject({ prefix: text, isExact: true });
  });

  it.each([
    ['an_a%', 'an_a%'],
    ['%%an%%%na%%', '%an%na%'],
    ['100\\%%%', '100\\%%'],
    ['\\\\%%', '\\\\%'],
    ['a\\', 'a\\\\'],
    ['a\\\\', 'a\\\\'],
    ['a\\\n', 'a\\\n'],
    ['%'.repeat(100_000), '%'],
  ])('%#: is tidied', (like, tidy) => {
    expect(tidyPattern(like)).toBe(tidy);
  });
});
