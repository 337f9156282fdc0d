import { chainedRecord } from '../../../test/support/audit/chained-record.js';
import { framed, syslogMessage } from './syslog-message.js';

const RECORD = chainedRecord({ batchStart: 3 });
const SENDER = { host: 'n1', program: 'twinlock', process: 42 };

describe('a message of syslog', () => {
  it('has a header of RFC 5424 and the record as JSON', () => {
    const message = syslogMessage(RECORD, SENDER);
    expect(message).toMatch(/^<110>1 2026-11-22T14:54:53\.513Z n1 twinlock 42 validate\/check - \{/);
    expect(JSON.parse(message.slice(message.indexOf('{')))).toMatchObject({
      lane: '12',
      sequence: 3,
      user: 'anna',
    });
  });

  it('is a notice when something did not succeed', () => {
    expect(syslogMessage({ ...RECORD, succeeded: false }, SENDER)).toMatch(/^<109>1 /);
  });

  it('stays one message of ASCII, whatever strangers call themselves', () => {
    const user = 'ünï\n<13>1 - - - - - - \u{1F511}';
    const message = syslogMessage({ ...RECORD, user, action: 'a b…' }, { ...SENDER, host: 'my host' });
    expect(message).toMatch(/^[\x20-\x7e]+$/);
    expect(message).toContain(' my_host twinlock 42 a_b_ - {');
    expect(JSON.parse(message.slice(message.indexOf('{')))).toMatchObject({ user });
  });

  it('is framed by its length', () => {
    expect(framed('abc')).toBe('3 abc');
  });
});
