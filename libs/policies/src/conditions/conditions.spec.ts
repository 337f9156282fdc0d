import type { PolicySubject } from '../subject.js';
import { loginOnly } from '../subject.js';
import { parseClientAddress } from './address.js';
import { ClientCondition } from './client-condition.js';
import { RealmCondition } from './realm-condition.js';
import { TimeCondition } from './time-condition.js';
import { UserCondition } from './user-condition.js';

const HANS: PolicySubject = {
  login: 'hans',
  realm: 'mydom',
  resolvers: ['staff'],
  attributes: { email: 'hans@example.com', mobile: '' },
};

describe('a realm condition', () => {
  it.each([
    ['*', 'any', 'wildcard'],
    ['a, B', 'b', 'exact'],
    ['A', 'a', 'exact'],
    ['*, -a', 'a', 'wildcard'],
    ['-a', 'b', null],
    ['-a', 'a', null],
    ['a, -a', 'a', null],
    ['!a, a', 'a', null],
    ['a*', 'ab', null],
    ['a', '*', null],
    ['*', '*', 'wildcard'],
    ['*', '', 'wildcard'],
    ['', '', null],
  ])('%j says of realm %j: %p', (text, realm, precision) => {
    expect(RealmCondition.parse(text).match(realm).precision).toBe(precision);
  });
});

describe('a user condition', () => {
  const matched = (text: string, subject: PolicySubject) => UserCondition.parse(text).match(subject);

  it.each([
    // The verified results of the specification.
    ...['hans', 'other, hans', 'hans, *', 'hans@mydom'].map((text) => [text, 'exact']),
    ...['*', '-other,*'].map((text) => [text, 'wildcard']),
    ...['ha*', 'h.*s', 'hans@MyDom', '*@mydom', '* , ha.*'].map((text) => [text, 'regex']),
    ...[
      '#email==hans@example.com',
      '#email ~= example',
      '#email!=x',
      '*#email',
      'hans@mydom#email~=exam',
    ].map((text) => [text, 'regex']),
    ...['ha', 'Hans', 'hans@other', 'hans@myd', '-hans', '-other', '*,-hans', '!hans,*', '', '#nope'].map(
      (text) => [text, null],
    ),
    // Its rules, one by one.
    ['ha[nm]s', 'regex'],
    ['*@my.*', 'regex'],
    ['*@MY*', 'regex'],
    ['kurt@mydom', null],
    ['staff:', 'regex'],
    ['Staff:', null],
    ['nosuch:', null],
    ['hans.staff:', 'exact'],
    ['h*.staff:', 'regex'],
    ['kurt.staff:', null],
    ['hans.nosuch:', null],
    [':staff', null],
    ['staff:#email', 'regex'],
    ['nosuch:#email', null],
    ['kurt#email', null],
    ['#mobile', 'regex'],
    ['#mobile~=.*', null],
    ['#email== x', null],
    ['#nope!=x', 'regex'],
    ['#constructor', null],
    ['hans, ha*, *', 'exact'],
    ['ha*, *', 'regex'],
    ['hans, -staff:', null],
    ['-#email~=nobody, *', 'wildcard'],
    ['- hans, *', null],
    [' , hans , ', 'exact'],
    // Unlike LinOTP: the whole expression has to match.
    ['a|hans', 'regex'],
    ['a|han', null],
    ['han|x', null],
    ['h(?:ans)?', 'regex'],
    ['hans+', 'regex'],
    ['hansx?', 'regex'],
    ['hansx*', null],
    ['h{1}ans', 'regex'],
  ])('%j says of hans in mydom: %p', (text, precision) => {
    expect(matched(text ?? '', HANS).precision).toBe(precision);
  });

  it.each([
    ['j.doe', 'j.doe', 'exact'],
    ['j.doe', 'jxdoe', 'regex'],
    ['a+b', 'a+b', 'exact'],
    ['Jörg', 'jörg', null],
  ])('%j says of the login %j: %p', (text, login, precision) => {
    expect(matched(text, loginOnly(login)).precision).toBe(precision);
  });

  it.each(['hans@mydom', '*@*', 'staff:', 'hans.staff:', '#email', '#email!=x'])(
    '%j does not match a login alone',
    (text) => {
      expect(matched(text, loginOnly('hans')).precision).toBeNull();
    },
  );

  it.each(['*, -#department==external', '*, !ha*#department', '*, -#department!=internal'])(
    'excludes, by %j, somebody of whom nothing is known',
    (text) => {
      expect(matched(text, { ...HANS, attributes: null }).precision).toBeNull();
    },
  );

  it('excludes nobody else by what is not known of somebody', () => {
    expect(matched('*, -anna#department', { ...HANS, attributes: null }).precision).toBe('wildcard');
  });

  it('takes the end of a login alone as its realm', () => {
    expect(matched('hans@mydom', loginOnly('hans@mydom')).precision).toBe('exact');
    expect(matched('ha*@MYDOM', loginOnly('hans@mydom')).precision).toBe('regex');
    expect(matched('hans@mydom', { ...HANS, login: 'hans@mydom', realm: 'other' }).precision).toBeNull();
  });

  it.each([
    'h[',
    'hans, h[',
    '-h[, *',
    'hans@m(',
    '#email~=(',
    '(?=a)b',
    String.raw`(a)\1`,
    'a)(b',
    'a*'.repeat(600),
    '.{999}'.repeat(20),
  ])('with %.20j is refused', (text) => {
    expect(() => UserCondition.parse(text)).toThrow(expect.objectContaining({ condition: 'user' }));
  });

  it('names the entry that decided', () => {
    expect(matched('kurt, ha*, *', HANS).entry).toBe('ha*');
    expect(matched('*, !hans', HANS).entry).toBe('!hans');
    expect(matched('kurt', HANS).entry).toBeNull();
  });
});

describe('a client condition', () => {
  it.each([
    ['10.0.0.0/8', '10.1.1.1', 'exact'],
    ['10.0.0.0/8, -10.1.1.1', '10.1.1.1', null],
    ['-10.1.1.1, 10.0.0.0/8', '10.1.1.1', null],
    ['*, -10.1.1.1', '10.1.1.1', 'wildcard'],
    ['-10.1.1.2', '10.1.1.1', null],
    ['10.0.0.0/8, -*', '10.1.1.1', null],
    ['10.1.1.1', '10.1.1.1', 'exact'],
    ['10.1.1.1/8', '10.200.0.1', 'exact'],
    ['10.0.0.0/255.0.0.0', '10.1.1.1', 'exact'],
    ['11.0.0.0/8, !10.1.1.2, 10.1.0.0/16', '10.1.1.1', 'exact'],
    ['11.0.0.0/8', '10.1.1.1', null],
    ['', '10.1.1.1', null],
    ['0.0.0.0/0', '10.1.1.1', 'exact'],
    ['fd00::/8', '10.1.1.1', null],
    ['::/0', '10.1.1.1', null],
    ['fd00::/8', 'fd12::1', 'exact'],
    ['fd00::/8, -fd12::1', 'fd12:0:0::1', null],
    ['fe80::1', 'fe80::1%eth0', 'exact'],
    ['0.0.0.0/0', 'fd12::1', null],
    ['10.0.0.0/8', '::ffff:10.1.1.1', 'exact'],
    ['::ffff:10.0.0.0/104', '10.1.1.1', 'exact'],
    ['10.0.0.0/8', 'no address', null],
    ['10.0.0.0/8', '', null],
    ['0.0.0.0/1', '127.255.255.255', 'exact'],
    ['128.0.0.0/1', '255.0.0.255', 'exact'],
    ['128.0.0.0/1', '127.0.0.1', null],
    ['10.0.0.0', '10.0.0.0', 'exact'],
    ['fd00::/65', 'fd00:0:0:0:7fff::1', 'exact'],
    ['fd00::/65', 'fd00:0:0:0:8fff::1', null],
    ['*', 'no address', 'wildcard'],
  ])('%j says of %s: %p', (text, client, precision) => {
    expect(ClientCondition.parse(text).match(parseClientAddress(client)).precision).toBe(precision);
  });

  it.each([
    '10.1.1',
    '10.1.1.1.',
    '10.1.1.1.1',
    '.10.1.1.1',
    '10..1.1',
    '010.1.1.1',
    '10.1.1.01',
    '10.1.1.256',
    '1.1.1.1x',
    '9',
  ])('is not matched by %j, which is no address', (client) => {
    expect(parseClientAddress(client)).toBeNull();
  });

  it.each([
    'host.example.com',
    '10.1',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0.0/255.0.255.0',
    '10.0.0.0/',
    '010.1.1.1x',
    '-',
  ])('with %j is refused', (text) => {
    expect(() => ClientCondition.parse(text)).toThrow(expect.objectContaining({ condition: 'client' }));
  });
});

describe('a time condition', () => {
  // A Sunday.
  const TIME = new Date(2024, 5, 2, 15, 30);

  it.each([
    ...[
      '*',
      '* * * * * *',
      '* * * * * *;',
      '*/5 * * * * *',
      '30,31 * * * * *',
      '* * * * 0 *',
      '!* 0-6 * * * *; * * * * * *',
      '0-10,25-35 15 2 6 * 2024',
      '* 7-17 * * 1-5 *; * 15 * * 0 *',
      '  30   15 * * *\t* ',
    ].map((text) => [text, true] as const),
    ...[
      '',
      ';',
      '* 7-17 * * 1-5 *',
      '* * * * 7 *',
      '* * * * Mon-Fri *',
      '0-30/5 * * * * *',
      '*/7 * * * * *',
      '*/0 * * * * *',
      '* * * 5 * *',
      '* * * * * 2023',
      '* * * * * *; !* 15 * * * *',
      '!* 0-6 * * * *',
    ].map((text) => [text, false] as const),
  ])('%j holds on Sunday 2024-06-02 15:30: %p', (text, holds) => {
    expect(TimeCondition.parse(text).match(TIME).precision !== null).toBe(holds);
  });

  it('is refused where it has not six fields', () => {
    expect(() => TimeCondition.parse('* * * * *')).toThrow(
      'Error in Time Condition format: Expected 6 but got 5 parts in cron notation',
    );
  });
});
