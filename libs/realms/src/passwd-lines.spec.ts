import { parsePasswd } from './passwd-lines.js';

const usersOf = (text: string) => parsePasswd(text).map(({ user }) => user);

describe('parsePasswd', () => {
  it('reads the fields of a line', () => {
    const [anna] = usersOf(
      'anna:$5$x:2001:2000:Anna Maria Arndt,Room 1,+49001,+49101,anna@example.test:/home/anna:/bin/false\n',
    );
    expect(anna).toEqual({
      username: 'anna',
      userId: '2001',
      description: 'Anna Maria Arndt,Room 1,+49001,+49101,anna@example.test',
      givenName: 'Anna',
      surname: 'Maria Arndt',
      mobile: '+49001',
      phone: '+49101',
      email: 'anna@example.test',
    });
  });

  it('leaves empty what is not there', () => {
    const [dirk] = usersOf('dirk:x:2004:2000:Dirk Dörr,,,,:/home/dirk:/bin/false');
    expect(dirk).toMatchObject({ surname: 'Dörr', mobile: '', phone: '', email: '' });
  });

  it('passes over comments, empty lines, and lines without name or user id', () => {
    const text = '# a comment\n\n:x:1:1::/:/bin/sh\nnobody\nno:id::1::/:\nok:x:7:7:::\r\n';
    expect(usersOf(text).map(({ username }) => username)).toEqual(['ok']);
  });

  it('tells the line and the password field of each', () => {
    const lines = parsePasswd('# a comment\nanna:$5$x:1:1:::\n\nbernd:x:2:1:::\ncarla::3:1:::');
    expect(lines.map(({ number, password }) => [number, password])).toEqual([
      [2, '$5$x'],
      [4, 'x'],
      [5, ''],
    ]);
  });

  it.each([
    ['a phone needs a fourth part', 'Anna Arndt,R1,+49001', { mobile: '+49001', phone: '', email: '' }],
    ['the e-mail is the first part that looks like one', 'A,,,,n/a,a@x.test,b@x.test', { email: 'a@x.test' }],
    ['a name of one word is a given name', 'Anna', { givenName: 'Anna', surname: '' }],
    ['empty', '', { givenName: '', surname: '', mobile: '', phone: '', email: '', description: '' }],
  ])('reads gecos: %s', (_why, gecos, expected) => {
    expect(usersOf(`anna:x:1:1:${gecos}:/:/bin/sh`)[0]).toMatchObject(expected);
  });

  it.each([
    ['a@b.c', true],
    ['@a@b.c', true],
    ['a@b.c.', true],
    ['a@.c', false],
    ['@b.c', false],
    ['a@b.', false],
    ['a.b@c', false],
    ['a@bc', false],
    ['a@', false],
    ['@', false],
    ['', false],
  ])('takes %j for an e-mail: %j', (text, expected) => {
    expect(usersOf(`anna:x:1:1:A,,,,${text}:/:`)[0]?.email).toBe(expected ? text : '');
  });

  it('reads a line that is made to take long', () => {
    expect(usersOf(`anna:x:1:1:A,,,,${'@.'.repeat(100_000)}@:/:`)).toHaveLength(1);
  });
});
