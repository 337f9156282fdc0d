import { Secret } from '@app/kernel';

import { Keyring } from './keyring.js';
import { KeyringPolicySecrets } from './keyring-policy-secrets.js';

const SECRETS = new KeyringPolicySecrets(new Keyring([Keyring.generate()]));
const textOf = (secret: Secret | null) => secret?.use((bytes) => Buffer.from(bytes).toString('utf8')) ?? null;

describe('secrets within policies', () => {
  const sealed = SECRETS.seal('radius://h', Secret.fromText('s3cret'));

  it('are sealed as a part of a URL, and open for their server', () => {
    expect(sealed).toMatch(/^[\w-]+$/);
    expect(textOf(SECRETS.open('radius://h', sealed))).toBe('s3cret');
  });

  it.each([
    ['for another server', 'radius://other', sealed],
    ['changed', 'radius://h', `${sealed.slice(0, -4)}AAAA`],
    ['of LinOTP', 'radius://h', '832f2d0a9140f2855a3b9c808d0ea0c0%3Abc84336d2a0978629a3a0a0f57d26323'],
    ['empty', 'radius://h', ''],
  ])('do not open %s', (_case, server, text) => {
    expect(SECRETS.open(server, text)).toBeNull();
  });

  it('do not open with another keyring', () => {
    const others = new KeyringPolicySecrets(new Keyring([Keyring.generate()]));
    expect(others.open('radius://h', sealed)).toBeNull();
  });
});
