import { basicCredentials } from './basic-credentials.js';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('the credentials of HTTP Basic', () => {
  it.each([
    ['name and password', basic('admin:Test123!'), 'admin', 'Test123!'],
    ['a password with colons', basic('admin:a:b:'), 'admin', 'a:b:'],
    ['a name with @', basic('root@adomain:x'), 'root@adomain', 'x'],
    ['UTF-8', basic('r\u00fcdiger:p\u00e4ss'), 'r\u00fcdiger', 'p\u00e4ss'],
    ['nothing before the colon', basic(':x'), '', 'x'],
    ['nothing after it', basic('admin:'), 'admin', ''],
    ['a scheme in small letters', basic('admin:x').replace('Basic', 'basic'), 'admin', 'x'],
  ])('are %s', (_case, header, username, password) => {
    expect(basicCredentials(header)).toEqual({ username, password });
  });

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['of another scheme', 'Bearer YWRtaW46eA=='],
    ['without a colon', basic('admin')],
    ['no Base64', 'Basic admin:x'],
    ['nothing', 'Basic '],
  ])('are none when the header is %s', (_case, header) => {
    expect(basicCredentials(header)).toBeNull();
  });
});
