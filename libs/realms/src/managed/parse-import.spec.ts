import { Invalid } from '@app/kernel';

import { type CsvFormat, parseColumnMapping, parseImport, USUAL_COLUMNS } from './parse-import.js';

const CSV: CsvFormat = { kind: 'csv', delimiter: ',', quote: '"', hasHeader: false, columns: USUAL_COLUMNS };
const csv = (text: string, format: Partial<CsvFormat> = {}) => parseImport(text, { ...CSV, ...format });
const passwd = (text: string) => parseImport(text, { kind: 'passwd' });

describe('parseImport', () => {
  it('reads the columns in LinOTP’s order', () => {
    expect(csv('anna,1,Arndt,Anna,a@x.test,11,12,secret')).toEqual([
      {
        line: 1,
        username: 'anna',
        userId: '1',
        surname: 'Arndt',
        givenName: 'Anna',
        email: 'a@x.test',
        phone: '11',
        mobile: '12',
        password: 'secret',
      },
    ]);
  });

  it.each<[string, string, Partial<CsvFormat>, string[]]>([
    ['a missing end of a line', 'anna,1', {}, ['anna']],
    ['ends of lines of Windows', 'anna,1\r\nbernd,2\r\n', {}, ['anna', 'bernd']],
    ['more columns than are known', 'anna,1,,,,,,,x,y,z', {}, ['anna']],
    ['empty lines', '\n\nanna,1\n\n', {}, ['anna']],
    ['a header', 'login,id\nanna,1', { hasHeader: true }, ['anna']],
    ['quotes around a delimiter', '"van, der Berg",1', {}, ['van, der Berg']],
    ['doubled quotes', '"an""na",1', {}, ['an"na']],
    ['a quote in the middle', 'an"na,1', {}, ['an"na']],
    ['another delimiter and quote', `'an;na';1`, { delimiter: ';', quote: "'" }, ['an;na']],
    ['a tab as delimiter', 'anna\t1', { delimiter: '\t' }, ['anna']],
    ['other columns', '1,anna', { columns: { userid: 0, username: 1 } }, ['anna']],
    ['lines without login or user id', ',1\nanna,\n ,3\nbernd,2', {}, ['bernd']],
    ['nothing', '', {}, []],
  ])('takes %s', (_what, text, format, logins) => {
    expect(csv(text, format).map(({ username }) => username)).toEqual(logins);
  });

  it('counts lines as an editor does', () => {
    expect(
      csv('login,id\n\nanna,1\n"be\nrnd",2\ncarla,3', { hasHeader: true }).map(({ line }) => line),
    ).toEqual([3, 5, 6]);
  });

  it.each<[string, () => unknown]>([
    ['a file without a user', () => csv('anna;1\nbernd;2')],
    ['a file with a header alone', () => csv('login,id', { hasHeader: true })],
    ['a passwd file read as csv', () => csv('anna:x:1:1:::')],
    ['a quote that is never closed', () => csv('"anna,1\nbernd,2')],
    ['no delimiter', () => csv('anna,1', { delimiter: '' })],
    ['two quotes', () => csv('anna,1', { quote: '""' })],
    ['one character for both', () => csv('anna,1', { quote: ',' })],
    ['a login that is too long', () => csv(`${'a'.repeat(256)},1`)],
    ['a password that is too long', () => csv(`anna,1,,,,,,${'a'.repeat(1025)}`)],
  ])('refuses %s', (_what, read) => {
    expect(read).toThrow(Invalid);
  });

  it('does not repeat what stands in a file that it refuses', () => {
    expect(() => csv('anna,1,,,,,,secret\n"bernd,2,,,,,,secret')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });

  it('reads passwd lines, and takes what is no hash in them for none', () => {
    const lines = ['$6$a$b', 'x', '*', '!', '!!', '*LK*', '', 'plain'];
    const text = lines.map((password, i) => `user${i}:${password}:${i}:1:Given Sur,,m,p,e@x.test:/:/bin/sh`);
    const users = passwd(text.join('\n'));
    expect(users.map(({ password }) => password)).toEqual(['$6$a$b', '', '', '', '', '', '', 'plain']);
    expect(users[7]).toEqual({
      line: 8,
      userId: '7',
      username: 'user7',
      surname: 'Sur',
      givenName: 'Given',
      email: 'e@x.test',
      phone: 'p',
      mobile: 'm',
      password: 'plain',
    });
  });
});

describe('parseColumnMapping', () => {
  it('takes numbers and their texts, and passes over what it does not know', () => {
    expect(parseColumnMapping('{"userid": 0, "username": "3", "shoesize": "x", "__proto__": 1}')).toEqual({
      userid: 0,
      username: 3,
    });
  });

  it.each([
    '',
    '{',
    'null',
    '7',
    '"userid"',
    '{}',
    '{"userid": 0}',
    '{"userid": 0, "username": -1}',
    '{"userid": 0, "username": 1.5}',
    '{"userid": 0, "username": ""}',
    '{"userid": 0, "username": "x"}',
    '{"userid": 0, "username": 1e9}',
  ])('refuses %j', (json) => {
    expect(() => parseColumnMapping(json)).toThrow(Invalid);
  });
});
