import { clientNetwork, throttleSubjects } from './login-throttle.js';

describe('the network of a client', () => {
  it.each([
    ['192.0.2.7', '192.0.2.250'],
    ['::ffff:192.0.2.7', '192.0.2.99'],
    ['2001:db8:1:2:a::1', '2001:db8:1:2:ffff::9'],
    ['2001:db8:1:2::1', '2001:DB8:1:2:0:0:0:1'],
  ])('is one for %s and %s', (one, other) => {
    expect(clientNetwork(one)).toBe(clientNetwork(other));
  });

  it.each([
    ['192.0.2.7', '192.0.3.7'],
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['192.0.2.7', '2001:db8::c000:207'],
    ['unix', 'other'],
  ])('is not one for %s and %s', (one, other) => {
    expect(clientNetwork(one)).not.toBe(clientNetwork(other));
  });
});

describe('what failures are counted under', () => {
  const subjects = throttleSubjects({ account: 'admin', client: '192.0.2.7' });

  it('is the account wherever it comes from, the network whoever it is, and both together', () => {
    const elsewhere = throttleSubjects({ account: 'admin', client: '203.0.113.9' });
    expect(elsewhere.account).toBe(subjects.account);
    expect(elsewhere.network).not.toBe(subjects.network);
    expect(elsewhere.pair).not.toBe(subjects.pair);
    const other = throttleSubjects({ account: 'eve', client: '192.0.2.8' });
    expect(other.account).not.toBe(subjects.account);
    expect(other.network).toBe(subjects.network);
    expect(other.pair).not.toBe(subjects.pair);
  });

  it('never holds what was typed', () => {
    const typed = throttleSubjects({ account: 'my-secret-password', client: '192.0.2.7' });
    expect(JSON.stringify(typed)).not.toContain('my-secret-password');
  });

  it('is another account for a user of the same name, and not the network, which may be a gateway', () => {
    const user = throttleSubjects({ account: 'admin', client: '192.0.2.7', isUser: true });
    expect(user.network).toBeNull();
    const keys = [...Object.values(user), ...Object.values(subjects)];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('is the own network of a user, too, where it is known', () => {
    const from = (userNetwork: string) =>
      throttleSubjects({ account: 'anna', client: '192.0.2.7', isUser: true, userNetwork });
    expect(from('198.51.100.0/24')).toEqual({
      ...throttleSubjects({ account: 'anna', client: '192.0.2.7', isUser: true }),
      network: expect.stringMatching(/^user-network:/),
    });
    expect(from('198.51.100.0/24').network).not.toBe(from('203.0.113.0/24').network);
  });

  it('gives every kind its own key', () => {
    expect(new Set(Object.values(throttleSubjects({ account: 'x', client: 'x' }))).size).toBe(4);
  });
});
