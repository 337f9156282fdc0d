import { maskedConfig, parseProviderConfig, withStoredSecrets } from './provider-config.js';

const MASK = '********';
const masked = (config: object) => JSON.parse(maskedConfig(JSON.stringify(config), MASK)) as object;

describe('maskedConfig', () => {
  it('gives the text as it is where nothing in it is secret', () => {
    const text = '{ "file" : "/var/sms",  "MSISDN":true, "SMS_TEXT_KEY": "text", "x": null }';
    expect(maskedConfig(text, MASK)).toBe(text);
  });

  it.each([
    'PASSWORD',
    'password',
    'mailpassword',
    'SMTP_PASSWORD',
    'accessToken',
    'authToken',
    'pwd',
    'apikey',
    'API_KEY',
    'api-key',
    'Authorization',
    'client_secret',
    'key',
    'passphrase',
  ])('masks %s, however deep', (name) => {
    expect(masked({ [name]: 'hidden', deep: [{ [name]: 'hidden', other: 'shown' }] })).toEqual({
      [name]: MASK,
      deep: [{ [name]: MASK, other: 'shown' }],
    });
  });

  it.each(['SMS_TEXT_KEY', 'SMS_PHONENUMBER_KEY', 'KEYFILE', 'USERNAME', 'AUTH_TYPE', 'TIMEOUT', 'account'])(
    'shows %s',
    (name) => {
      expect(masked({ [name]: 'shown' })).toEqual({ [name]: 'shown' });
    },
  );

  it.each([
    ['https://user@corp:hunter2@gateway/', `https://user@corp:${MASK}@gateway/`],
    ['https://user:pa/ss@gateway/', `https://user:${MASK}@gateway/`],
    ['https://gateway:8080/send?to=a@b.test', 'https://gateway:8080/send?to=a@b.test'],
  ])('shows no password of the address %s', (URL, shown) => {
    expect(masked({ URL })).toEqual({ URL: shown });
  });

  it('masks headers but those that are never secret', () => {
    const HEADERS = { 'X-Auth': 'hidden', 'X-Any': 'hidden', 'Content-Type': 'text/plain' };
    expect(masked({ HEADERS })).toEqual({
      HEADERS: { 'X-Auth': MASK, 'X-Any': MASK, 'Content-Type': 'text/plain' },
    });
    const back = { HEADERS: { ...HEADERS, 'X-Auth': MASK } };
    expect(withStoredSecrets(back, { HEADERS }, [], MASK)).toEqual({ HEADERS });
  });

  it('reads an address of any length in no time to speak of', () => {
    const URL = `https://gateway/${'?'.repeat(49_000)}`;
    expect(masked({ URL })).toEqual({ URL });
  });

  it('masks all that a secret member holds', () => {
    expect(masked({ password: 1234, token: ['a', 'b'] })).toEqual({ password: MASK, token: [MASK, MASK] });
  });

  it.each([
    ['https://user:pw@gw.example/send', `https://user:${MASK}@gw.example/send`],
    ['https://gw.example/send?user=u&pwd=pw&to=1', `https://gw.example/send?user=u&pwd=${MASK}&to=1`],
    ['https://user@gw.example/', 'https://user@gw.example/'],
    ['https://gw.example/a@b:c', 'https://gw.example/a@b:c'],
  ])('masks the password of %s', (url, shown) => {
    expect(masked({ URL: url, PROXY: { https: url } })).toEqual({ URL: shown, PROXY: { https: shown } });
  });

  it('shows nothing of what it cannot read', () => {
    expect(maskedConfig('password = hidden', MASK)).toBe(MASK);
  });
});

describe('withStoredSecrets', () => {
  const stored = {
    URL: 'https://u:pw@gw.example/',
    PASSWORD: 'old',
    HEADERS: { Authorization: 'Bearer x' },
    list: [{ token: 'a' }, { token: 'b' }],
  };
  const merge = (given: object) => withStoredSecrets(given as typeof stored, stored, ['URL'], MASK);

  it('puts back what the masks stand for', () => {
    expect(merge({ ...masked(stored), TIMEOUT: 3 })).toEqual({ ...stored, TIMEOUT: 3 });
  });

  it('takes new secrets for old ones', () => {
    const given = { ...masked(stored), PASSWORD: 'new' };
    expect(merge(given)).toEqual({ ...stored, PASSWORD: 'new' });
  });

  it('leaves a configuration without a mask alone', () => {
    const given = { URL: 'https://elsewhere.example/' };
    expect(merge(given)).toBe(given);
  });

  it('sends no stored secret anywhere else', () => {
    expect(() => merge({ ...masked(stored), URL: 'https://evil.example/' })).toThrow('URL has changed');
    expect(() => merge({ ...masked(stored), URL: `https://u:${MASK}@evil.example/` })).toThrow(
      'URL must be given again',
    );
  });

  it.each([
    ['another member', { URL: stored.URL, password: MASK }],
    ['another place', { ...stored, list: [{ token: 'a' }, { token: 'b' }, { token: MASK }] }],
    ['a member that is inherited', { URL: stored.URL, toString: MASK }],
    ['a part of a text', { ...stored, PASSWORD: `x${MASK}` }],
  ])('knows no secret of %s', (_what, given) => {
    expect(() => merge(given)).toThrow('must be given again');
  });

  it('knows no secrets where nothing is stored', () => {
    expect(() => withStoredSecrets({ PASSWORD: MASK }, null, [], MASK)).toThrow('must be given again');
  });
});

describe('parseProviderConfig', () => {
  it.each([
    ['not json at all', 'config is not JSON'],
    ['', 'config is not JSON'],
    ['[]', 'config must be a JSON object'],
    ['null', 'config must be a JSON object'],
    ['"x"', 'config must be a JSON object'],
    [`{"x":${'['.repeat(30)}${']'.repeat(30)}}`, 'nested too deeply'],
    [`{"x":"${'y'.repeat(50_000)}"}`, 'longer than 50000 characters'],
  ])('refuses %.20s…', (text, reason) => {
    expect(() => parseProviderConfig(text)).toThrow(reason);
  });

  it('does not repeat what it refuses', () => {
    expect(() => parseProviderConfig('{"PASSWORD": "hidden')).toThrow(/^config is not JSON$/);
  });
});
