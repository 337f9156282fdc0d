import { LOCAL_RESOLVER, START } from '../../../../test/support/domain/administrators-in-memory.js';
import { RememberedLogins } from './remembered-logins.js';

const CREDENTIALS = { username: 'admin', password: 'Test123!' };
const ADMINISTRATOR = {
  username: 'admin',
  realm: 'linotp_admins',
  resolver: LOCAL_RESOLVER,
  authenticatedAt: START,
  issuedAt: START,
};

describe('remembered logins', () => {
  const clock = { time: START, now: () => clock.time };
  let logins: RememberedLogins;
  beforeEach(() => {
    clock.time = START;
    logins = new RememberedLogins(clock);
    logins.remember(CREDENTIALS, ADMINISTRATOR);
  });

  it('are found by the same name and password', () => {
    expect(logins.find({ ...CREDENTIALS })).toBe(ADMINISTRATOR);
  });

  it.each([
    ['another password', { username: 'admin', password: 'Test123' }],
    ['another name', { username: 'Admin', password: 'Test123!' }],
    ['nothing', { username: '', password: '' }],
  ])('are not found by %s', (_case, credentials) => {
    expect(logins.find(credentials)).toBeNull();
  });

  it('are forgotten after a minute', () => {
    clock.time = new Date(START.getTime() + 59_999);
    expect(logins.find(CREDENTIALS)).toBe(ADMINISTRATOR);
    clock.time = new Date(START.getTime() + 60_000);
    expect(logins.find(CREDENTIALS)).toBeNull();
  });

  it('are forgotten when the clock is put back', () => {
    clock.time = new Date(START.getTime() - 3_600_000);
    expect(logins.find(CREDENTIALS)).toBeNull();
  });

  it('are forgotten when told to', () => {
    logins.forget(CREDENTIALS);
    expect(logins.find(CREDENTIALS)).toBeNull();
  });

  it('are a thousand at most, the latest', () => {
    for (let number = 0; number < 1000; number++) {
      logins.remember({ username: `name${number}`, password: 'x' }, ADMINISTRATOR);
    }
    expect(logins.find(CREDENTIALS)).toBeNull();
    expect(logins.find({ username: 'name0', password: 'x' })).toBe(ADMINISTRATOR);
    expect(logins.find({ username: 'name999', password: 'x' })).toBe(ADMINISTRATOR);
  });
});
