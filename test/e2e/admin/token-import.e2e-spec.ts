import { type Fields } from '../../support/clients/admin-agent.js';
import { SEED, FIRST, SECOND, SIXTH, XML, givenImports } from './given-imports.js';

describe('/admin/loadtokens', () => {
  const scene = givenImports();
  const { line, load, success, failure, tokens, records, logsIn } = scene;

  it('imports tokens with which their owners log in', async () => {
    const header = 'serial,seed,type,user,realm,pin,counter\n';
    const text = `${header}H1,${SEED},hotp,anna,,1234,\nH2,${SEED},hotp,dora,two,,5`;
    expect(await load(text)).toEqual(success(2));
    expect(await tokens()).toMatchObject([
      {
        serial: 'H1',
        type: 'hotp',
        active: true,
        realms: ['one'],
        owner: '1',
        digits: 6,
        hash: 'sha1',
        counter: 0,
      },
      { serial: 'H2', realms: ['two'], owner: '1', counter: 5 },
    ]);
    expect(await logsIn({ user: 'anna', pass: `1234${FIRST}` })).toBe(true);
    expect(await logsIn({ user: 'anna', pass: `1234${FIRST}` })).toBe(false);
    expect(await logsIn({ user: 'dora@two', pass: SECOND ?? '' })).toBe(false);
    expect(await logsIn({ user: 'dora@two', pass: SIXTH ?? '' })).toBe(true);
  });

  it('leaves one record of the whole file', async () => {
    const before = (await records()).length;
    await load(`${line('R1')}\n${line('R2', 'totp')}`, { realm: 'One' });
    const [record, ...more] = (await records()).slice(before);
    expect(more).toEqual([]);
    expect(record).toMatchObject({
      succeeded: true,
      serial: 'R1, R2',
      token_type: 'HMAC, TOTP',
      username: '',
      realm: 'one',
      info: "oathcsv, <FileStorage: 'users' ('application/octet-stream')> (imported: 2)",
    });
  });

  it('tells of lines that were left out', async () => {
    expect(await load(`${line('S1')}\nS2`)).toEqual(
      success(1, '<skipped count="1"><line number="2">there is no seed</line></skipped>'),
    );
  });

  it.each<[string, Fields, object]>([
    ['into a realm', { realm: 'ONE' }, { realms: ['one'], active: true }],
    ['into a target realm', { targetrealm: 'two' }, { realms: ['two'] }],
    ['not active', { enable: 'no' }, { active: false, realms: [] }],
    ['active', { enable: '1' }, { active: true }],
  ])('imports %s', async (_what, form, token) => {
    expect(await load(line('A'), form)).toEqual(success(1));
    expect(await tokens()).toMatchObject([token]);
  });

  it('imports what others write: pskc, feitian, SafeNet, dat, dpw, Yubikeys', async () => {
    const key = `<Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret>`;
    const parameters = '<AlgorithmParameters><ResponseFormat Length="6"/></AlgorithmParameters>';
    const pskc = `<KeyContainer xmlns="urn:ietf:params:xml:ns:keyprov:pskc"><KeyPackage><DeviceInfo><SerialNo>P1</SerialNo></DeviceInfo>
      <Key Id="1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp">${parameters}<Data>${key}<Counter><PlainValue>7</PlainValue></Counter></Data></Key></KeyPackage></KeyContainer>`;
    const none = { pskc_password: '', pskc_preshared: '' };
    expect(await load(pskc, { type: 'pskc', pskc_type: 'plain', ...none })).toEqual(success(1));
    const feitian = `<KeyContainer xmlns="x"><Device><Key KeyAlgorithm="http://x#hotp" KeyId="F1">${parameters}<Data>${key}</Data></Key></Device></KeyContainer>`;
    expect(await load(feitian, { type: 'feitian' })).toEqual(success(1));
    const safenet = `<Tokens><Token serial="N1"><Applications><Application><Seed>${SEED}</Seed><MovingFactor>1</MovingFactor></Application></Applications></Token></Tokens>`;
    expect(await load(safenet, { type: 'aladdin-xml', aladdin_hashlib: 'sha256' })).toEqual(success(1));
    const dat = `sccAuthenticatorId: E1\nsccTokenData: sccKey=${SEED};sccMode=T;sccPrTime=2013/03/12 00:00:00\n`;
    expect(await load(dat, { type: 'dat', startdate: '1.1.2000' })).toEqual(success(1));
    expect(await load('W1 1234567890abcdef', { type: 'dpw' })).toEqual(success(1));
    const yubikey = `Yubico OTP,01.01.24 10:00,1,cccccccb,a1b2c3d4e5f6,9163508031b20d2ef72868a0b0a0e0d0,,`;
    expect(await load(yubikey, { type: 'yubikeycsv' })).toEqual(success(1));
    expect(await tokens()).toMatchObject([
      { serial: 'E1', type: 'totp' },
      { serial: 'F1', type: 'hotp', counter: 0 },
      { serial: 'N1', type: 'hotp', counter: 1, hash: 'sha256' },
      { serial: 'P1', type: 'hotp', counter: 7 },
      { serial: 'UBAM00000001_1', type: 'yubikey', digits: 40 },
      { serial: 'W1', type: 'day-password' },
    ]);
  });

  it('opens encrypted pskc with the pre-shared key, and names no secret when it does not fit', async () => {
    const method = '<EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>';
    const value = (text: string) => `${method}<CipherData><CipherValue>${text}</CipherValue></CipherData>`;
    const file = `<KeyContainer xmlns="urn:ietf:params:xml:ns:keyprov:pskc"><EncryptionKey><KeyName>k</KeyName></EncryptionKey>
      <MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1"><MACKey>${value('ESIzRFVmd4iZABEiM0RVZgKn6WjLaTC1sbeBMSvIhRejN9vJa2BOlSaMrR7I5wSX')}</MACKey></MACMethod>
      <KeyPackage><Key Id="C1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp"><AlgorithmParameters/><Data><Secret>
      <EncryptedValue>${value('AAECAwQFBgcICQoLDA0OD+cIHItlB3Wra1DUpxVvOx2lef1VmNPCMl8jwZqIUqGv')}</EncryptedValue><ValueMAC>Su+NvtQfmvfJzF6bmQiJqoLRExc=</ValueMAC>
      </Secret></Data></Key></KeyPackage></KeyContainer>`;
    const form = {
      type: 'pskc',
      pskc_type: 'key',
      pskc_password: '',
      pskc_preshared: '12345678901234567890123456789012',
    };
    expect(await load(file, form)).toEqual(success(1));
    const login = await scene.admin.post('/validate/check_s', { serial: 'C1', pass: FIRST ?? '' });
    expect(login.body).toMatchObject({ result: { value: true } });
    await scene.database.query('DELETE FROM token');
    const wrong = await load(file, { ...form, pskc_preshared: '00112233445566778899001122334455' });
    expect(wrong).toEqual(
      failure(
        'ImportException(&#39;line 3: The MAC value for C1 does not fit. The HMAC secrets could be compromised!&#39;)',
      ),
    );
    expect(wrong.answer).not.toContain('00112233');
    expect(JSON.stringify(await records())).not.toMatch(/0011223344|1234567890/);
    expect(await tokens()).toEqual([]);
  });

  it('overwrites where that is asked for, and otherwise says what is in the way', async () => {
    await load(line('A', '', '', '', '', 'anna'), { enable: 'false' });
    const before = await tokens();
    expect(await load(`${line('B')}\n${line('A')}`)).toEqual(
      failure('ImportException(&#39;line 2: token A exists already, and overwriting was not asked for&#39;)'),
    );
    expect(await tokens()).toEqual(before);
    expect(await load(`${line('B')}\n${line('A', '', '8')}`, { overwrite: 'true' })).toEqual(success(2));
    expect(await tokens()).toMatchObject([
      { serial: 'A', digits: 8, active: false, owner: '1', realms: ['one'] },
      { serial: 'B', active: true },
    ]);
  });

  it('imports nothing of a file with one wrong line', async () => {
    const before = (await records()).length;
    const text = `${line('A')}\nB,xyz\n${line('C', '', '', '', '', 'nobody')}`;
    const message =
      'ImportException(&#39;line 2: The provided token seed contains non-hexadecimal characters&#39;)';
    expect(await load(text)).toEqual(failure(message));
    expect(await tokens()).toEqual([]);
    expect((await records()).slice(before)).toMatchObject([{ succeeded: false }]);
    const owner = await load(`${line('A')}\n${line('C', '', '', '', '', '<b>')}`);
    expect(owner.answer).toContain('line 2: no user &gt;&lt;b&gt;&lt; found in realm');
    expect(await tokens()).toEqual([]);
  });

  it.each<[string, string, Fields, string]>([
    [
      'a kind that nobody knows',
      'x',
      { type: '<i>' },
      'Unknown file type: &gt;&gt;&lt;i&gt;&lt;&lt;. We only know the types: aladdin-xml, oathcsv, yubikeycsv, feitian, pskc, dpw, dat',
    ],
    ['no kind', 'x', { type: '' }, 'Error loading tokens. File or Type empty!'],
    ['no content', '', {}, 'Error loading tokens. File or Type empty!'],
    [
      'another root',
      '<Other/>',
      { type: 'aladdin-xml' },
      'ImportException(&#39;No toplevel element Tokens&#39;)',
    ],
    [
      'a document type',
      '<!DOCTYPE Tokens><Tokens/>',
      { type: 'aladdin-xml' },
      'ImportException(&#39;line 1: a document type (DOCTYPE) is not accepted&#39;)',
    ],
    [
      'an OCRA suite that is none',
      line('A', 'ocra2', 'OCRA-2:HOTP-SHA256-8:C-QN08'),
      {},
      'ImportException(&#39;line 1: unsupported ocra version&#39;)',
    ],
    ['mobile OTP, which needs a PIN', 'A,0123456789abcdef,motp', {}, 'ImportException(&#39;line 1: '],
    [
      'a realm that there is not',
      line('A'),
      { realm: 'nosuch' },
      'Exception(&#39;target realm could not be assigned&#39;)',
    ],
    [
      'two realms',
      line('A'),
      { realm: 'one', targetrealm: 'two' },
      'realm and targetrealm name different realms',
    ],
    ['a switch that is none', line('A'), { enable: 'perhaps' }, 'enable must be true or false'],
    ['another switch', line('A'), { overwrite: 'perhaps' }, 'overwrite must be true or false'],
    ['a date that is none', line('A'), { type: 'dat', startdate: 'soon' }, 'startdate must be a date like'],
    [
      'a hash that is none',
      line('A'),
      { type: 'aladdin-xml', aladdin_hashlib: 'md5' },
      'aladdin_hashlib must be auto, sha1, sha256 or sha512',
    ],
    [
      'a protection that is none',
      'x',
      { type: 'pskc', pskc_type: 'x509', pskc_password: '', pskc_preshared: '' },
      'pskc_type must be plain, key or password, not &#39;x509&#39;',
    ],
    [
      'a key that is none',
      'x',
      { type: 'pskc', pskc_type: 'key', pskc_password: '', pskc_preshared: '12' },
      'pskc_preshared must be 32 hexadecimal digits',
    ],
  ])('refuses %s', async (_what, text, form, message) => {
    const { answer, type } = await load(text, form);
    expect({ answer, type }).toEqual({ type: XML, answer: expect.stringContaining(`<message>${message}`) });
    expect(await tokens()).toEqual([]);
  });

  it('takes text alone', async () => {
    expect(await load(Buffer.from(`${line('A')}\nB\xff`, 'latin1'))).toEqual(
      failure('ImportException(&#39;line 2: the file is no UTF-8 text&#39;)'),
    );
    expect(await load(`${line('A')}\n\0`)).toEqual(
      failure('ImportException(&#39;line 2: the file is no text&#39;)'),
    );
    expect(await load(`\u{FEFF}${line('A')}`)).toEqual(success(1));
  });

  it('takes files up to the limits of the installation', async () => {
    const many = Array.from({ length: 1_501 }, (_, place) => line(`A${place}`));
    expect(await load(many.join('\n'))).toEqual(
      failure('ImportException(&#39;line 1501: the file has more than 1500 tokens, which is the limit&#39;)'),
    );
    expect(await load(many.slice(1).join('\n'))).toEqual(success(1_500));
    const comments = `#${'x'.repeat(1_000)}\n`.repeat(8_700);
    expect(await load(`${comments}${line('B')}`)).toEqual(success(1));
    await scene.admin.upload('/admin/loadtokens', { type: 'oathcsv' }, `${comments}${comments}`).expect(413);
  }, 30_000);

  it('needs the file as an upload, and says in JSON what is missing', async () => {
    const field = await scene.admin.post('/admin/loadtokens', { type: 'oathcsv', file: line('A') });
    expect(field.body).toMatchObject({
      result: { error: { code: -311, message: "<BadRequestKeyError '400: Bad Request'>" } },
    });
    const kind = await scene.admin.upload('/admin/loadtokens', {}, line('A'));
    expect(kind.body).toMatchObject({ result: { error: { message: "ERR905: Missing parameter: 'type'" } } });
    const pskc = await scene.admin.upload(
      '/admin/loadtokens',
      { type: 'pskc', pskc_type: 'plain', pskc_password: '' },
      'x',
    );
    expect(pskc.body).toMatchObject({ result: { error: { message: "KeyError('pskc_preshared')" } } });
  });
});
