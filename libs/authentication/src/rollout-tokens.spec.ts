import { NOW, annas, decide, effectsOf, pinAndOtp } from '../../../test/support/domain/login-decisions.js';
import { withRolloutsPurged } from './rollout-tokens.js';

const USED = annas();
const rollout = (changes: Parameters<typeof annas>[0] = {}) =>
  annas({ id: 2, serial: 'ROLL', pin: null, paths: ['userservice'], ...changes });
const BERNDS = { resolver: 'first', userId: '2', resolverType: 'passwd' };

describe('withRolloutsPurged', () => {
  it.each([
    { title: 'a token for the self-service', other: rollout(), gone: true },
    { title: 'a token for logins', other: rollout({ paths: ['validate'] }), gone: true },
    { title: 'one that is disabled', other: rollout({ active: false }), gone: true },
    { title: 'no token for other paths', other: rollout({ paths: ['elsewhere'] }), gone: false },
    { title: 'no token for every path', other: rollout({ paths: null }), gone: false },
    { title: 'no token of somebody else', other: rollout({ owner: BERNDS }), gone: false },
    { title: 'no token of nobody', other: rollout({ owner: null }), gone: false },
  ])('purges $title', ({ other, gone }) => {
    const decision = withRolloutsPurged(decide([USED], { password: pinAndOtp(0) }, NOW), [USED, other]);
    expect(effectsOf(decision)).toEqual([...(gone ? ['remove ROLL'] : []), 'accept OATH1 → 1']);
    expect(decision.facts.info ?? '').toBe(gone ? 'purged rollout tokens: ROLL' : '');
  });

  it('does nothing else to what goes', () => {
    const decision = withRolloutsPurged(
      decide([USED, rollout({ failures: 3, paths: ['validate'] })], { password: pinAndOtp(0) }),
      [USED, rollout({ failures: 3, paths: ['validate'] })],
    );
    expect(effectsOf(decision)).toEqual(['remove ROLL', 'accept OATH1 → 1']);
  });

  it.each([
    { title: 'a login that is refused', used: USED, password: 'pin1000000' },
    { title: 'a rollout token', used: annas({ paths: ['validate'] }), password: pinAndOtp(0) },
  ])('purges nothing after $title', ({ used, password }) => {
    const decision = decide([used], { password });
    expect(withRolloutsPurged(decision, [used, rollout()])).toBe(decision);
  });
});
