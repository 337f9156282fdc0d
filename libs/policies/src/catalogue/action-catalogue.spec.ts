import { ACTION_CATALOGUE, cataloguedAction } from './action-catalogue.js';

describe('the catalogue of actions', () => {
  it('has each action of a scope once', () => {
    const names = ACTION_CATALOGUE.map(({ scope, name }) => `${scope}/${name}`);
    expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([]);
  });

  it.each(ACTION_CATALOGUE)(
    'says of $scope/$name in one sentence what it does',
    ({ sentence, fallback, allowed }) => {
      expect(sentence).toMatch(/^[A-Z].*\.$/);
      expect(sentence).not.toMatch(/\. [A-Z]/);
      if (allowed && fallback !== null) expect([-1, ...allowed]).toContain(fallback);
    },
  );

  it.each([
    ['authentication', 'qrtanurl.here', 'qrtanurl'],
    ['authentication', 'forwardtoken:no_failcounter_forwarding', 'forwardtoken:no_failcounter_forwarding'],
    ['enrollment', 'partition', 'partition'],
    ['authentication', 'enable', undefined],
    ['nosuch', 'enable', undefined],
    ['admin', 'Enable', undefined],
    ['admin', 'constructor', undefined],
  ])('knows of %s the action %s as %p', (scope, name, known) => {
    expect(cataloguedAction(scope, name)?.name).toBe(known);
  });
});
