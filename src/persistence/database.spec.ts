import { DatabaseAddress, tellsOfMissingReplica } from './database.js';

describe('a notice of the database', () => {
  it.each([
    { what: 'a wait for the standby that was cancelled', code: '01000', file: 'syncrep.c', tells: true },
    { what: 'one that ended with its session', code: '57P01', file: 'syncrep.c', tells: true },
    {
      what: 'with the path of the source',
      code: '01000',
      file: '/build/src/replication/syncrep.c',
      tells: true,
    },
    { what: 'a warning of nobody knows where', code: '01000', file: undefined, tells: true },
    { what: 'the end of a session, of nobody knows where', code: '57P01', file: undefined, tells: true },
    { what: 'transaction ids that run out', code: '01000', file: 'varsup.c', tells: false },
    { what: 'a rollback outside of a transaction', code: '25P01', file: 'xact.c', tells: false },
    { what: 'a remark of nobody knows where', code: '00000', file: undefined, tells: false },
    { what: 'nothing that can be understood', code: undefined, file: undefined, tells: false },
  ])('tells of a missing replica, or not: $what', ({ code, file, tells }) => {
    expect(tellsOfMissingReplica({ code, file })).toBe(tells);
  });
});

describe('the servers of a database', () => {
  const [one, other] = [{ host: 'one' }, { host: 'other' }];

  it('are tried in turn', () => {
    const address = new DatabaseAddress([one, other]);
    address.giveUpOn(one);
    expect(address.current).toBe(other);
    // Somebody else gave up on it before.
    address.giveUpOn(one);
    expect(address.current).toBe(other);
  });

  it('are left by whoever was connected before one was found read-only, and by nobody after', () => {
    const address = new DatabaseAddress([one, other]);
    const before = address.findings;
    expect(address.isLeft(one, before)).toBe(false);
    address.foundReadOnly(one);
    expect(address.current).toBe(other);
    expect(address.isLeft(one, before)).toBe(true);
    expect(address.isLeft(one, address.findings)).toBe(false);
    expect(address.isLeft(other, before)).toBe(false);
  });
});
