import type { ChainedRecord } from '@app/audit';

import { framed, syslogMessage } from './syslog-message.js';

const RECORD: ChainedRecord = {
  lane: '12',
  sequence: 3,
  batchStart: 3,
  at: new Date('2026-11-22T14:54:53.513Z'),
  action: 'validate/check',
  succeeded: true,
  serial: 'H1',
  tokenType: 'HMAC',
  user: 'anna',
  realm: 'one',
  administrator: '',
  detail: '',
  info: '',
  node: 'n1',
  client: '192.0.2.1',
  logLevel: 'INFO',
  clearanceLevel: 0,
  rowHash: Buffer.from('0a', 'hex'),
  chain: Buffer.from('0b', 'hex'),
  signature: null,
  heads: '',
};
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
