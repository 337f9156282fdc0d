import { givenHotpToken } from '../../../../../test/support/domain/given-token.js';
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

  it.each([
    [null, ['one:1812', 'two:1812']],
    ['two:1812', ['two:1812']],
    ['elsewhere:1812', []],
  ])('that asked (%s) are answered: %j', (server, names) => {
    const info = { 'radius.server': 'one,two', 'radius.user': 'anna' };
    const token = givenHotpToken({ type: 'radius', info, hash: null });
    const asked = { text: 'code', login: '', realm: '', transaction: 'state', server, hops: 0 };
    const check = radiusToken.server?.check(token, asked);
    if (check?.kind !== 'radius') throw new Error('nobody is asked');
    expect(check.servers.map(radiusName)).toEqual(names);
    expect(check).toMatchObject({ login: 'anna', password: 'code', state: 'state' });
  });
});
