import { type LegacyRouteOptions, defineRoute, routeOf } from './legacy-route.js';

describe('a route', () => {
  it('that declares no right keeps the server from starting', () => {
    expect(() => defineRoute(() => null, 'reads', 'show', {} as LegacyRouteOptions)).toThrow(
      'the route show declares no right',
    );
  });

  it('has a right, or is public', () => {
    const [guarded, open] = [() => null, () => null];
    defineRoute(guarded, 'reads', 'show', { right: 'own' });
    defineRoute(open, 'reads', 'check', { public: true });
    expect([routeOf(guarded)?.right, routeOf(guarded)?.isPublic]).toEqual(['own', false]);
    expect([routeOf(open)?.right, routeOf(open)?.isPublic]).toEqual([null, true]);
  });
});
