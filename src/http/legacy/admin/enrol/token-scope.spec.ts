import { Parameters } from '../../../envelope/parameters/parameters.js';
import { isForRollOut, scopePaths } from './token-scope.js';

const of = (given: Readonly<Record<string, unknown>>) =>
  scopePaths(new Parameters(new Map(Object.entries(given))));

describe('scopePaths', () => {
  it.each([
    { given: {}, paths: null },
    { given: { scope: '{"path":["validate"]}' }, paths: ['validate'] },
    { given: { scope: '{"path": ["userservice", "validate"]}' }, paths: ['userservice', 'validate'] },
    // In a body of JSON it may be an object.
    { given: { scope: { path: ['validate'] } }, paths: ['validate'] },
    { given: { rollout: 'True' }, paths: ['userservice'] },
    { given: { rollout: '' }, paths: ['userservice'] },
    { given: { rollout: '1', scope: '{"path":["validate"]}' }, paths: ['validate'] },
  ])('$given: $paths', ({ given, paths }) => {
    expect(of(given)).toEqual(paths);
  });

  it.each([
    '',
    'validate',
    '{}',
    '[]',
    'null',
    '"validate"',
    '{"path":"validate"}',
    '{"path":[]}',
    '{"path":[""]}',
    '{"path":[1]}',
    '{"path":["a/b"]}',
    '{"path":["validate"],"other":1}',
    `{"path":["${'x'.repeat(41)}"]}`,
    JSON.stringify({ path: Array.from({ length: 11 }, () => 'validate') }),
  ])('refuses %s: it must not make a token for every path', (scope) => {
    expect(() => of({ scope, rollout: '1' })).toThrow('scope must be JSON');
  });
});

describe('isForRollOut', () => {
  it.each([
    { paths: ['userservice'], isIt: true },
    { paths: ['other', 'validate'], isIt: true },
    { paths: ['other'], isIt: false },
  ])('$paths: $isIt', ({ paths, isIt }) => {
    expect(isForRollOut(paths)).toBe(isIt);
  });
});
