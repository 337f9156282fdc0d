import { settingsOf } from '@app/realms';

import { givenHotpToken } from '../../../../test/support/domain/given-token.js';
import { challengeSeconds } from './challenge-seconds.js';

const settings = (given: Readonly<Record<string, string>>) =>
  settingsOf(
    new Map(Object.entries(given).map(([key, value]) => [key, { value, type: '', description: '' }])),
  ).challenges;

describe('how long a challenge is open (spec/validate-api §3.5)', () => {
  it.each([
    [{}, {}, 120],
    [{ DefaultChallengeValidityTime: '60' }, {}, 60],
    [{ DefaultChallengeValidityTime: '60', HmacChallengeValidityTime: '70' }, {}, 70],
    [{ HmacChallengeValidityTime: '70', HMACChallengeValidityTime: '80' }, {}, 80],
    [{ HMACChallengeValidityTime: '80', hmacChallengeValidityTime: '90' }, {}, 90],
    [{ totpChallengeValidityTime: '90' }, {}, 120],
    [{ hmacChallengeValidityTime: 'soon' }, {}, 120],
    [{ hmacChallengeValidityTime: '90' }, { challenge_validity_time: '30' }, 30],
    [{ hmacChallengeValidityTime: '90' }, { challenge_validity_time: 'x' }, 90],
    [{ hmacChallengeValidityTime: '90' }, { challenge_validity_time: '0' }, 90],
  ])('with %j, and %j at the token: %d seconds', (given, info, seconds) => {
    expect(challengeSeconds(givenHotpToken({ info }), settings(given))).toBe(seconds);
  });
});
