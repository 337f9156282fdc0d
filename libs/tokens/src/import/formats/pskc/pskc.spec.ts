import { readFile, withKey, withPassword } from '../../../../../../test/support/clients/given-token-file.js';

const SEED = '3132333435363738393031323334353637383930';
const PLAIN = '<PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue>';

interface GivenKey {
  readonly serial?: string;
  readonly algorithm?: string;
  readonly parameters?: string;
  readonly secret?: string;
  readonly data?: string;
  readonly more?: string;
}

const keyPackage = ({
  serial = 'PSKC0001',
  algorithm = 'urn:ietf:params:xml:ns:keyprov:pskc:hotp',
  parameters = '<AlgorithmParameters><ResponseFormat Length="6" Encoding="DECIMAL"/></AlgorithmParameters>',
  secret = PLAIN,
  data = '',
  more = '',
}: GivenKey = {}) =>
  `<KeyPackage><DeviceInfo><Manufacturer>M</Manufacturer><SerialNo>${serial}</SerialNo></DeviceInfo>
   <Key Id="K1" Algorithm="${algorithm}"><Issuer>I</Issuer>${parameters}<Data><Secret>${secret}</Secret>${data}</Data>${more}</Key></KeyPackage>`;
const container = (...inner: readonly string[]) =>
  `<?xml version="1.0" encoding="UTF-8"?><KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"
   xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xenc="http://www.w3.org/2001/04/xmlenc#">${inner.join('')}</KeyContainer>`;

const plain = (name: string, value: string | number) =>
  `<${name}><PlainValue>${value}</PlainValue></${name}>`;
const read = async (key: GivenKey) => {
  const { tokens, problems } = await readFile('pskc', container(keyPackage(key)));
  expect(problems).toEqual([]);
  return tokens[0];
};

const HOTP = {
  serial: 'PSKC0001',
  type: 'hotp',
  seed: SEED,
  digits: 6,
  hash: 'sha1',
  counter: 0,
  stepSeconds: null,
  description: 'imported',
};

describe('pskc in the clear', () => {
  it.each<[string, GivenKey, object]>([
    ['hotp', {}, HOTP],
    ['a counter', { data: plain('Counter', 42) }, { ...HOTP, counter: 42 }],
    [
      'totp with its step and hash',
      {
        algorithm: 'urn:ietf:params:xml:ns:keyprov:pskc:totp',
        parameters:
          '<AlgorithmParameters><Suite>HMAC-SHA256</Suite><ResponseFormat Length="8" Encoding="DECIMAL"/></AlgorithmParameters>',
        data: plain('TimeInterval', 60) + plain('Counter', 3),
      },
      { ...HOTP, type: 'totp', digits: 8, hash: 'sha256', stepSeconds: 60 },
    ],
    ['totp with nothing said', { algorithm: 'pskc:TOTP' }, { ...HOTP, type: 'totp', stepSeconds: 30 }],
    [
      'ocra with its suite, which says how many digits there are',
      {
        algorithm: 'pskc:ocra',
        parameters:
          '<AlgorithmParameters><Suite>OCRA-1:HOTP-SHA256-8:C-QN08</Suite><ResponseFormat Length="8" Encoding="DECIMAL"/></AlgorithmParameters>',
        data: plain('Counter', 5),
      },
      {
        ...HOTP,
        type: 'ocra2',
        digits: null,
        hash: null,
        counter: 5,
        ocraSuite: 'OCRA-1:HOTP-SHA256-8:C-QN08',
      },
    ],
    ['no length', { parameters: '<AlgorithmParameters/>' }, HOTP],
    [
      'a seed over several lines',
      { secret: '<PlainValue>MTIzNDU2Nzg5\n  MDEyMzQ1Njc4OTA=\n</PlainValue>' },
      HOTP,
    ],
  ])('reads %s', async (_what, key, token) => {
    expect(await read(key)).toMatchObject(token);
  });

  it('takes the id of a key without a device', async () => {
    const text = container(keyPackage().replace(/<DeviceInfo>.*<\/DeviceInfo>/s, '<DeviceInfo/>'));
    expect((await readFile('pskc', text)).tokens[0]?.serial).toBe('K1');
  });

  it('tells of a policy that is not imported, and of keys of another namespace', async () => {
    const foreign = keyPackage({ serial: 'B' }).replace('<KeyPackage>', '<KeyPackage xmlns="urn:other">');
    const { tokens, skipped } = await readFile('pskc', container(keyPackage({ more: '<Policy/>' }), foreign));
    expect(tokens).toHaveLength(1);
    expect(skipped.map(({ reason }) => reason)).toEqual([
      'the Policy of the key, which is not imported',
      'the KeyPackage is of another namespace than the container',
    ]);
  });

  it('leaves out serials of another form where that is asked for', async () => {
    const text = container(keyPackage({ serial: 'ABCD00000001' }), keyPackage({ serial: 'short' }));
    const { tokens, skipped } = await readFile('pskc', text, { checksSerials: true });
    expect(tokens.map(({ serial }) => serial)).toEqual(['ABCD00000001']);
    expect(skipped).toHaveLength(1);
  });

  it.each<[string, GivenKey, string]>([
    ['ocra without a suite', { algorithm: 'pskc:ocra' }, 'there is no OCRA suite'],
    [
      'a PIN',
      { algorithm: 'urn:ietf:params:xml:ns:keyprov:pskc:pin' },
      "the algorithm 'urn:ietf:params:xml:ns:keyprov:pskc:pin' of the KeyPackage is not supported",
    ],
    ['no parameters', { parameters: '' }, 'there are no AlgorithmParameters'],
    [
      'a suite that nobody knows',
      { parameters: '<AlgorithmParameters><Suite>HMAC-MD5</Suite></AlgorithmParameters>' },
      "the Suite 'HMAC-MD5' is not supported",
    ],
    [
      'another encoding',
      {
        parameters:
          '<AlgorithmParameters><ResponseFormat Length="6" Encoding="HEXADECIMAL"/></AlgorithmParameters>',
      },
      "the Encoding 'HEXADECIMAL' is not supported",
    ],
    [
      'check digits',
      {
        parameters:
          '<AlgorithmParameters><ResponseFormat Length="6" CheckDigits="true"/></AlgorithmParameters>',
      },
      'check digits are not supported',
    ],
    ['no secret', { secret: '' }, 'there is no Secret'],
    [
      'a secret that is no base64',
      { secret: '<PlainValue>MTIz*</PlainValue>' },
      'the PlainValue of the Secret is no base64',
    ],
    ['an empty secret', { secret: '<PlainValue></PlainValue>' }, 'there is no seed'],
    [
      'a secret that is there twice',
      { secret: `${PLAIN}<EncryptedValue/>` },
      'the Secret is both plain and encrypted',
    ],
    [
      'an encrypted secret without a key',
      { secret: '<EncryptedValue/>' },
      'the Secret is encrypted, and the file names no key',
    ],
    [
      'an encrypted counter',
      { data: '<Counter><EncryptedValue/></Counter>' },
      'an encrypted Counter is not supported',
    ],
    [
      'a counter that is none',
      { data: plain('Counter', 'x') },
      'Counter must be a whole number from 0 to 9007199254740990',
    ],
    [
      'another step',
      { algorithm: 'pskc:totp', data: plain('TimeInterval', 45) },
      'TimeInterval must be 30 or 60 seconds',
    ],
  ])('refuses %s', async (_what, key, reason) => {
    expect((await readFile('pskc', container(keyPackage(key)))).problems).toEqual([{ line: 2, reason }]);
  });

  it('refuses a container without keys, and packages with two', async () => {
    expect((await readFile('pskc', container())).problems).toEqual([
      { line: null, reason: 'No element KeyPackage contained!' },
    ]);
    const two = keyPackage().replace('</KeyPackage>', '<Key/></KeyPackage>');
    expect((await readFile('pskc', container(two))).problems[0]?.reason).toBe(
      'there are several Keys in the KeyPackage',
    );
    const none = '<KeyPackage/>';
    expect((await readFile('pskc', container(none))).problems[0]?.reason).toBe(
      'there is no Key in the KeyPackage',
    );
  });
});

const AES_128 = 'http://www.w3.org/2001/04/xmlenc#aes128-cbc';
const encrypted = (value: string, algorithm = AES_128) =>
  `<xenc:EncryptionMethod Algorithm="${algorithm}"/><xenc:CipherData><xenc:CipherValue>${value}</xenc:CipherValue></xenc:CipherData>`;
const macMethod = (value: string, method = 'http://www.w3.org/2000/09/xmldsig#hmac-sha1') =>
  `<MACMethod Algorithm="${method}">${value === '' ? '' : `<MACKey>${encrypted(value)}</MACKey>`}</MACMethod>`;
const secretOf = (value: string, mac: string) =>
  `<EncryptedValue>${encrypted(value)}</EncryptedValue><ValueMAC>${mac}</ValueMAC>`;
const KEY_NAME = '<EncryptionKey><ds:KeyName>Pre-shared-key</ds:KeyName></EncryptionKey>';

/** RFC 6030 §6.1. */
const PRE_SHARED = {
  key: '12345678901234567890123456789012',
  macKey: 'ESIzRFVmd4iZABEiM0RVZgKn6WjLaTC1sbeBMSvIhRejN9vJa2BOlSaMrR7I5wSX',
  value: 'AAECAwQFBgcICQoLDA0OD+cIHItlB3Wra1DUpxVvOx2lef1VmNPCMl8jwZqIUqGv',
  mac: 'Su+NvtQfmvfJzF6bmQiJqoLRExc=',
};
/** RFC 6030 §6.2. */
const BY_PASSWORD = {
  password: 'qwerty',
  macKey: '2GTTnLwM3I4e5IO5FkufoOEiOhNj91fhKRQBtBJYluUDsPOLTfUvoU2dStyOwYZx',
  value: 'oTvo+S22nsmS2Z/RtcoF8Hfh+jzMe0RkiafpoDpnoZTjPYZu6V+A4aEn032yCr4f',
  mac: 'LP6xMvjtypbfT9PdkJhBZ+D6O4w=',
};
const derivedKey = ({
  method = 'http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2',
  iterations = '1000',
  length = '16',
  prf = '<PRF/>',
} = {}) =>
  `<EncryptionKey><xenc11:DerivedKey xmlns:xenc11="http://www.w3.org/2009/xmlenc11#"><xenc11:KeyDerivationMethod Algorithm="${method}">
   <pkcs5:PBKDF2-params xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#"><Salt><Specified>Ej7/PEpyEpw=</Specified></Salt>
   <IterationCount>${iterations}</IterationCount><KeyLength>${length}</KeyLength>${prf}</pkcs5:PBKDF2-params></xenc11:KeyDerivationMethod>
   <xenc:ReferenceList/><xenc11:MasterKeyName>My Password 1</xenc11:MasterKeyName></xenc11:DerivedKey></EncryptionKey>`;

const preShared = (
  secret = secretOf(PRE_SHARED.value, PRE_SHARED.mac),
  header = KEY_NAME + macMethod(PRE_SHARED.macKey),
) => container(header, keyPackage({ secret }));
const byPassword = (header = derivedKey()) =>
  container(
    header,
    macMethod(BY_PASSWORD.macKey),
    keyPackage({ secret: secretOf(BY_PASSWORD.value, BY_PASSWORD.mac) }),
  );

describe('pskc with a pre-shared key', () => {
  it('opens what RFC 6030 §6.1 shows', async () => {
    expect((await readFile('pskc', preShared(), withKey(PRE_SHARED.key))).tokens).toMatchObject([HOTP]);
  });

  it('opens what another program has written', async () => {
    const text = preShared(
      secretOf(
        'EBESExQVFhcYGRobHB0eH9CVgVVLnioHSLq61KW2e9bdyRXpkiq77LOIjVwQqSoS',
        '3iAGpxsNYgfgXnpqKn8Xc2zbxJo=',
      ),
      KEY_NAME + macMethod('AAECAwQFBgcICQoLDA0OD+5uCVIUWAIt3uwj3Vm/HEM09Gc4CudV495looSAjSuc'),
    );
    expect((await readFile('pskc', text, withKey(PRE_SHARED.key))).tokens).toMatchObject([HOTP]);
  });

  it.each<[string, string, string]>([
    [
      'another value',
      secretOf(PRE_SHARED.value.replace('AAEC', 'AAED'), PRE_SHARED.mac),
      'The MAC value for PSKC0001 does not fit. The HMAC secrets could be compromised!',
    ],
    [
      'another MAC',
      secretOf(PRE_SHARED.value, PRE_SHARED.mac.replace('Su', 'Sv')),
      'The MAC value for PSKC0001 does not fit. The HMAC secrets could be compromised!',
    ],
    [
      'a part of the MAC',
      secretOf(PRE_SHARED.value, 'Su+N'),
      'The MAC value for PSKC0001 does not fit. The HMAC secrets could be compromised!',
    ],
    [
      'no MAC',
      secretOf(PRE_SHARED.value, ''),
      'The MAC value for PSKC0001 does not fit. The HMAC secrets could be compromised!',
    ],
    [
      'a cut value',
      secretOf('AAECAwQFBgcICQoLDA0ODw==', PRE_SHARED.mac),
      'the CipherValue is no IV with blocks after it',
    ],
  ])('refuses %s', async (_what, secret, reason) => {
    const { problems } = await readFile('pskc', preShared(secret), withKey(PRE_SHARED.key));
    expect(problems.map((problem) => problem.reason)).toEqual([reason]);
  });

  it.each<[string, string, string]>([
    ['no MAC method', KEY_NAME, 'there is no MACMethod: encrypted values cannot be trusted without one'],
    [
      'another MAC method',
      KEY_NAME + macMethod(PRE_SHARED.macKey, 'http://x#hmac-md5'),
      'The method http://x#hmac-md5 is not supported',
    ],
    [
      'a certificate',
      '<EncryptionKey><ds:X509Data/></EncryptionKey>',
      'an EncryptionKey with X509Data in it is not supported',
    ],
    ['nothing that is a key', '<EncryptionKey/>', 'an EncryptionKey with nothing in it is not supported'],
    [
      'a password',
      derivedKey() + macMethod(BY_PASSWORD.macKey),
      'the file is encrypted with a password: import it as pskc_type password',
    ],
    ['two keys', KEY_NAME + KEY_NAME, 'EncryptionKey is out of its place'],
  ])('refuses a container with %s', async (_what, header, reason) => {
    const { problems } = await readFile('pskc', preShared(undefined, header), withKey(PRE_SHARED.key));
    expect(problems.map((problem) => problem.reason)).toEqual([reason]);
  });

  it('refuses another cipher, and a key of another length', async () => {
    const other = preShared().replaceAll('#aes128-cbc', '#tripledes-cbc');
    expect((await readFile('pskc', other, withKey(PRE_SHARED.key))).problems[0]?.reason).toMatch(
      /^The algorithm .*#tripledes-cbc is not supported$/,
    );
    const long = await readFile('pskc', preShared(), withKey(PRE_SHARED.key.repeat(2)));
    expect(long.problems[0]?.reason).toMatch(/^The key of 256 bits is not one for .*#aes128-cbc$/);
  });

  it('opens nothing with another key', async () => {
    const { problems, tokens } = await readFile('pskc', preShared(), withKey('00'.repeat(16)));
    expect(tokens).toEqual([]);
    expect(problems[0]?.reason).toMatch(/^The MAC value for PSKC0001 does not fit/);
  });

  it('says that there is one, where none is expected', async () => {
    expect((await readFile('pskc', preShared())).problems[0]?.reason).toBe(
      'the file is encrypted with a pre-shared key: import it as pskc_type key',
    );
  });
});

describe('pskc with a password', () => {
  it('opens what RFC 6030 §6.2 shows', async () => {
    expect((await readFile('pskc', byPassword(), withPassword(BY_PASSWORD.password))).tokens).toMatchObject([
      HOTP,
    ]);
  });

  it.each<[string, string, string, string]>([
    [
      'a short password',
      'qwert',
      derivedKey(),
      'You must provide a password that is longer than 5 characters and up to 64 characters long.',
    ],
    [
      'a long one',
      'q'.repeat(65),
      derivedKey(),
      'You must provide a password that is longer than 5 characters and up to 64 characters long.',
    ],
    [
      'one that is no ASCII',
      'qwertü',
      derivedKey(),
      'You must provide a password that is longer than 5 characters and up to 64 characters long.',
    ],
    [
      'another one',
      'qwertz',
      derivedKey(),
      'The MAC value for PSKC0001 does not fit. The HMAC secrets could be compromised!',
    ],
    [
      'another derivation',
      'qwerty',
      derivedKey({ method: 'http://x#scrypt' }),
      'We do not support key derivation method http://x#scrypt',
    ],
    [
      'another PRF',
      'qwerty',
      derivedKey({ prf: '<PRF Algorithm="http://x#hmac-sha256"/>' }),
      'We do not support the PRF http://x#hmac-sha256',
    ],
    [
      'years of work',
      'qwerty',
      derivedKey({ iterations: '2000001' }),
      'IterationCount must be a whole number from 1 to 2000000',
    ],
    ['a key of another length', 'qwerty', derivedKey({ length: '20' }), 'KeyLength must be 16, 24 or 32'],
  ])('refuses %s', async (_what, password, header, reason) => {
    const { problems } = await readFile('pskc', byPassword(header), withPassword(password));
    expect(problems.map((problem) => problem.reason)).toEqual([reason]);
  });
});
