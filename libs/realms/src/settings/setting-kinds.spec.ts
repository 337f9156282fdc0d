import {
  CODES,
  DURATION,
  EXACTLY_TRUE,
  FLAG,
  NETWORKS,
  PROXIES,
  TIME_FORMAT,
  oneOf,
  whole,
} from './setting-kinds.js';

describe('DURATION', () => {
  it.each<[text: string, seconds: number | undefined]>([
    ['0', 0],
    ['64800', 64_800],
    [' 90 ', 90],
    ['1w2d3h4m5s', 604_800 + 2 * 86_400 + 3 * 3_600 + 4 * 60 + 5],
    ['1 hour 30 minutes', 5_400],
    ['2 Weeks', 1_209_600],
    ['P1DT2H', 93_600],
    ['P1Y', 31_536_000],
    ['P2M', 5_184_000],
    ['PT90M', 5_400],
    ['P1W', 604_800],
    ['', undefined],
    ['P', undefined],
    ['PT', undefined],
    ['P1DT', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['5s4m', undefined],
    ['soon', undefined],
    ['999999999999', undefined],
    ['100000000w', undefined],
  ])('%j is %p seconds', (text, seconds) => {
    expect(DURATION.parse(text)).toBe(seconds);
  });
});

describe('FLAG', () => {
  it.each([
    ['True', true],
    ['true', true],
    ['YES', true],
    ['1', true],
    ['False', false],
    ['no', false],
    ['0', false],
    ['maybe', undefined],
    ['', undefined],
  ])('%j is %p', (text, value) => {
    expect(FLAG.parse(text)).toBe(value);
  });
});

describe('EXACTLY_TRUE', () => {
  it.each([
    ['True', true],
    ['true', false],
    ['1', false],
    ['False', false],
    ['off', undefined],
  ])('%j is %p', (text, value) => {
    expect(EXACTLY_TRUE.parse(text)).toBe(value);
  });
});

describe('whole', () => {
  it.each([
    ['1', 1],
    [' 10 ', 10],
    ['+5', 5],
    ['-1', -1],
    ['-2', undefined],
    ['11', undefined],
    ['1e1', undefined],
    ['1.0', undefined],
    ['0x5', undefined],
    ['99999999999999999999', undefined],
    ['', undefined],
  ])('%j within -1 and 10 is %p', (text, value) => {
    expect(whole(-1, 10).parse(text)).toBe(value);
  });
});

describe('PROXIES', () => {
  const name = (base: string, bits: number | null = null) => ({ base, isName: true, bits });
  const address = (base: string, bits: number | null = null) => ({ base, isName: false, bits });

  it.each([
    ['', []],
    ['192.0.2.1', [address('192.0.2.1')]],
    [' 10.0.0.0/8 ,2001:db8::/32,', [address('10.0.0.0', 8), address('2001:db8::', 32)]],
    ['proxy.example', [name('proxy.example')]],
    ['proxy/24, localhost', [name('proxy', 24), name('localhost')]],
    ['300.1.1.1', undefined],
    ['10.1', undefined],
    ['10.0.0.0/33', undefined],
    ['10.0.0.0/', undefined],
    ['10.0.0.0/8/8', undefined],
    ['fe80::1%eth0', undefined],
    ['a b', undefined],
    ['proxy.example:80', undefined],
    [Array(65).fill('10.0.0.1').join(), undefined],
    [Array(9).fill('proxy').join(), undefined],
  ])('%j', (text, entries) => {
    expect(PROXIES.parse(text)).toEqual(entries);
  });

  it('has no names in it where only addresses are meant', () => {
    expect(NETWORKS.parse('192.0.2.1, 10.0.0.0/8')).toHaveLength(2);
    expect(NETWORKS.parse('localhost')).toBeUndefined();
  });
});

describe('TIME_FORMAT', () => {
  it.each([
    ['True', '%Y-%m-%d %H:%M:%S'],
    ['false', null],
    ['%d.%m.%Y', '%d.%m.%Y'],
    ['at %H o’clock', 'at %H o’clock'],
    ['never', undefined],
    ['%Y %', undefined],
    ['%Q', undefined],
    ['', undefined],
  ])('%j is %p', (text, format) => {
    expect(TIME_FORMAT.parse(text)).toBe(format);
  });
});

it.each([
  ['1102, -311', ['1102', '-311']],
  ['all', undefined],
  ['1,,2', undefined],
])('CODES: %j is %p', (text, codes) => {
  expect(CODES.parse(text)).toEqual(codes);
});

it.each([
  ['sha1', 'sha1'],
  [' sha256 ', 'sha256'],
  ['md5', undefined],
])('oneOf: %j is %p', (text, value) => {
  expect(oneOf('sha1', 'sha256').parse(text)).toBe(value);
});
