import { parseAuditStreams } from './audit-streams.js';

describe('streams of records', () => {
  it.each([
    ['stdout', [{ kind: 'stdout', name: 'stdout' }]],
    ['', []],
    ['syslog+udp://10.0.0.5', [{ kind: 'udp', name: 'syslog+udp://10.0.0.5', host: '10.0.0.5', port: 514 }]],
    [
      'stdout, syslog+tls://logs.example.org:7000',
      [
        { kind: 'stdout', name: 'stdout' },
        { kind: 'tls', name: 'syslog+tls://logs.example.org:7000', host: 'logs.example.org', port: 7000 },
      ],
    ],
    [
      'syslog+tcp://[2001:db8::1]/',
      [{ kind: 'tcp', name: 'syslog+tcp://[2001:db8::1]/', host: '2001:db8::1', port: 601 }],
    ],
  ])('%j', (text, streams) => {
    expect(parseAuditStreams(text)).toEqual(streams);
  });

  it.each([
    'stderr',
    'syslog://host',
    'syslog+tcp://host:0',
    'syslog+tcp://host:70000',
    'syslog+tcp://',
    'syslog+tcp://a/b',
  ])('refuses %j', (text) => {
    expect(parseAuditStreams(text)).toBeUndefined();
  });
});
