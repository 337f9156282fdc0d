import { Networks } from './networks.js';

describe('Networks', () => {
  const networks = Networks.parse(['10.1.0.0/16', '192.0.2.7', '2001:db8::/32', '::ffff:172.16.0.0/108']);

  it.each([
    ['10.1.255.255', true],
    ['10.2.0.0', false],
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['2001:db8:0:1::5', true],
    ['2001:db9::', false],
    ['::ffff:10.1.0.9', true],
    ['::ffff:a01:9', true],
    ['172.31.0.1', true],
    ['172.32.0.1', false],
    ['2001:db8::1%eth0', true],
  ])('holds %s: %s', (address, expected) => {
    expect(networks.includes(address)).toBe(expected);
  });

  it.each([
    '',
    'unknown',
    '10.1',
    '10.1.0',
    '0x0a.1.0.1',
    '10.1.0.010',
    '10.1.0.1:80',
    '10.1.0.1/16',
    '[2001:db8::1]',
  ])('finds nothing in what is no plain address: %j', (text) => {
    expect(networks.includes(text)).toBe(false);
  });

  it.each([
    '',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0/8',
    '::/129',
    'localhost',
    '*',
  ])('does not parse %j', (text) => {
    expect(() => Networks.parse([text])).toThrow(RangeError);
  });

  it('takes every address of its family with a prefix of 0, and none of the other', () => {
    const all = Networks.parse(['0.0.0.0/0']);
    expect(all.includes('203.0.113.1')).toBe(true);
    expect(all.includes('2001:db8::1')).toBe(false);
  });

  it('says the same whenever it is asked, however many others came in between', () => {
    const one = Networks.parse(['10.1.0.0/16']);
    const asked = Array.from({ length: 600 }, (_, place) => `10.${place % 3}.${place % 7}.${place % 200}`);
    for (const address of [...asked, ...asked.toReversed()]) {
      expect([address, one.includes(address)]).toEqual([address, address.startsWith('10.1.')]);
    }
  });

  it('holds nothing when empty', () => {
    expect(Networks.none.isEmpty).toBe(true);
    expect(Networks.none.includes('127.0.0.1')).toBe(false);
  });
});
