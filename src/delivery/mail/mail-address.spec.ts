import { mailAddress, mailbox, oneLine } from './mail-address.js';

describe('a mailbox', () => {
  it.each([
    ['anna@example.com', 'anna@example.com'],
    [' a.b+c@x.y ', 'a.b+c@x.y'],
    ['anna@bücher.example', 'anna@xn--bcher-kva.example'],
    ['anna@127.0.0.1', 'anna@127.0.0.1'],
  ])('may be %s', (text, address) => expect(mailbox(text)).toBe(address));

  it.each([
    '',
    'anna',
    '@example.com',
    'anna@',
    'a@b@c',
    'a@b,c@d',
    'a@b;c@d',
    'a b@c',
    'a@b\r\nBcc: c@d',
    'a@b\nc',
    '<a@b>',
    '"a"@b',
    'a@b>',
    'a@b SIZE=1',
    '@x:a@b',
    'a@[127.0.0.1]',
  ])('is not %j', (text) => expect(mailbox(text)).toBeNull());
});

describe('an address', () => {
  it.each([
    ['a@b', { name: '', address: 'a@b' }],
    ['"IT, Dept." <a@b>', { name: 'IT, Dept.', address: 'a@b' }],
    ['Änne\r\nBcc: x <a@b>', { name: 'Änne Bcc: x', address: 'a@b' }],
  ])('may be %j', (text, address) => expect(mailAddress(text)).toEqual(address));

  it.each(['', '<>', 'x <a>', '<a@b>, <c@d>'])('is not %j', (text) => expect(mailAddress(text)).toBeNull());
});

it('one line stays one', () => expect(oneLine(' a\r\n b\u2028c\0 ')).toBe('a  b c'));
