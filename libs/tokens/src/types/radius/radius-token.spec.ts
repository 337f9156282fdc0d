import { radiusName, radiusServers, radiusToken } from './radius-token.js';

describe('servers of a radius token', () => {
  it.each([
    ['radius.example', ['radius.example:1812']],
    ['radius.example:1645', ['radius.example:1645']],
    ['192.0.2.1:1812', ['192.0.2.1:1812']],
    ['[2001:db8::1]', ['[2001:db8::1]:1812']],
    ['[2001:db8::1]:1', ['[2001:db8::1]:1']],
    ['one:1, two ,three:3', ['one:1', 'two:1812', 'three:3']],
  ])('%s', (given, names) => {
    expect(radiusServers(given)?.map(radiusName)).toEqual(names);
  });

  it.each([
    '',
    ' , ',
    'host:0',
    'host:65536',
    'host:x',
    'radius://host',
    'user@host',
    '2001:db8::1',
    '[host]',
    'one, host:0',
    Array.from({ length: 9 }, (_, place) => `host${place}`).join(','),
  ])('are none: %s', (given) => {
    expect(radiusServers(given)).toBeNull();
  });

  it('are asked again only where they asked', () => {
    const plan = radiusToken.plan(
      {
        seed: Buffer.from('secret'),
        password: null,
        digits: null,
        hash: null,
        time: {},
        info: { 'radius.server': 'one,two', 'radius.user': 'anna' },
      },
      { time: { stepSeconds: 30, windowSeconds: 0, shiftSeconds: 0 } },
    );
    expect(plan).toMatchObject({ digits: 6, secret: { kind: 'given', bytes: Buffer.from('secret') } });
  });
});
