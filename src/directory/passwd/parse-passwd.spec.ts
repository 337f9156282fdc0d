import { parsePasswd } from './parse-passwd.js';

describe('parsePasswd', () => {
  it('reads the fields of a line', () => {
    const [anna] = parsePasswd(
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
    const [dirk] = parsePasswd('dirk:x:2004:2000:Dirk Dörr,,,,:/home/dirk:/bin/false');
    expect(dirk).toMatchObject({ surname: 'Dörr', mobile: '', phone: '', email: '' });
  });

  it('passes over comments, empty lines, and lines without name or user id', () => {
    const text = '# a comment\n\n:x:1:1::/:/bin/sh\nnobody\nno:id::1::/:\nok:x:7:7:::\r\n';
    expect(parsePasswd(text).map(({ username }) => username)).toEqual(['ok']);
  });
});
