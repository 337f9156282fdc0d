import { annas } from '../../../test/support/domain/login-decisions.js';
import { offlineInfo } from './login-devices.js';

const INFO = { user_public_key: 'a2V5', user_token_id: 4711 };
const supporting = (...labels: readonly string[]) => ({
  supportsOffline: (label: string) => labels.includes(label),
});

describe('what clients get for logins without this server', () => {
  const qr = annas({ type: 'qr', info: INFO, description: 'the telephone' });
  const forward = annas({ type: 'forward', info: { 'forward.serial': 'OATH1' } });

  it('is what the device of the token goes by', () => {
    expect(offlineInfo(qr, supporting('qr'))).toEqual({
      serial: 'OATH1',
      label: 'qr',
      info: { public_key: 'a2V5', user_token_id: 4711 },
    });
  });

  it('is that of the target of a forward token, which is named', () => {
    expect(offlineInfo(forward, supporting('forward'), qr)).toEqual({
      serial: 'OATH1',
      label: 'forward',
      info: {
        public_key: 'a2V5',
        user_token_id: 4711,
        linotp_forward_tokenserial: 'OATH1',
        linotp_forward_tokendescription: 'the telephone',
        linotp_forward_tokentype: 'qr',
      },
    });
  });

  it.each([
    ['no token', null, null, 'qr'],
    ['a type that no policy names', qr, null, 'push'],
    ['a forward token, where a policy names its target alone', forward, qr, 'qr'],
    ['a forward token without a target', forward, null, 'forward'],
    ['a target that needs this server', forward, annas(), 'forward'],
  ])('is nothing for %s', (_title, token, target, label) => {
    expect(offlineInfo(token, supporting(label), target)).toBeNull();
  });
});
