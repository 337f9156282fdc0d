import { hash } from 'node:crypto';

import { hash as bcrypt } from '@node-rs/bcrypt';

import { verifyCryptHash, verifyPasswordHash } from './verify-password-hash.js';

/** spec/system-api §4.5; all are of `password`. */
const OF_PASSWORD = [
  '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=',
  '{SSHA}ouUZQtFbhkQrfIJ43qx176Wfj4YBAgME',
  '{ssha}ouUZQtFbhkQrfIJ43qx176Wfj4YBAgME',
  '{MD5}X03MO1qnZdYdgyfeuILPmQ==',
  '{SMD5}nXuh5+7dhsJMIAfcer5MygECAwQ=',
  '{CRYPT}$1$abcdefgh$G//4keteveJp0qb8z2DxG/',
  '{crypt}abJnggxhB/yWI',
  '{PKCS5S2}DQIXJU038u4P7FdsuFTY/+35bm41kfjZa57UrdxHp2Mu3qF2uy+ooD+jF5t1tb8J',
  '{FSHP1|16|16384}PtoqcGUetmVEy/uR8715TNqKa8+teMF9qZO1lA9lJNUm1EQBLPZ+qPRLeEPHqy6C',
  '$1$abcdefgh$G//4keteveJp0qb8z2DxG/',
  '$2b$12$abcdefghijklmnopqrstuutwZ1IOTtu3SsEBT5lI/LFncP31tIybm',
  '$3$$8846f7eaee8fb117ad06bdd830b7586c',
  '$5$abcdefgh$ZLdkj8mkc2XVSrPVjskDAgZPGjtj1VGVaa1aUkrMTU/',
  '$6$abcdefgh$yVfUwsw5T.JApa8POvClA1pQ5peiq97DUNyXCZN5IrF.BMSkiaLQ5kvpuEm/VQ1Tvh/KV2TcaWh8qinoW5dhA1',
  '$sha1$4000$abcdefgh$GXpMnGIpDtJHEtyi8mlfD4rDX7po',
  '$md5,rounds=1$abcdefgh$$CMO99MEoARy16tUfsShKn/',
  '$P$8ohUJ.1sdFw09/bMaAQPTGDNi2BIUt1',
  '$H$8ohUJ.1sdFw09/bMaAQPTGDNi2BIUt1',
  '0x0100200420C4988140FD3920894C3EDC188E94F428D57DAD5905F6CC1CBAF950CAD4C63F272B2C91E4DEEB5E6444',
  '0x01006ACDF9FF5D2E211B392EEF1175EFFE13B3A368CE2F94038B',
  '5d2e19393cc5ef67',
  '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19',
  'S:4143053633E59B4992A8EA17D2FF542C9EDEB335C886EED9C80450C1B4E6',
  'abJnggxhB/yWI',
  '_J9..rasmEedsvB6g8/6',
];

/** From the vectors of LinOTP's own store and of what its SQL resolver meets; all are of `geheim1`. */
const OF_GEHEIM1 = [
  '$6$ABCDEFGHabcdefgh$bN3eZVi/ymLP9KZKRtSRaL0AZAryEtZ6OSub8SmjB9FcVmC.pmkqK6PSRcrVRuJsCrNxtCl3T/XwX11HuCmzB1',
  '$6$saltsalt$NVkFna7Rhstk2VK5T.rHlZ9HpSq8q75x3KsqIrqlQ8L1mBZVlIpsra58KrrXxxc3vErMCI7z8OK1Ht28SdMDN1',
  '$5$ABCDEFGHabcdefgh$0nui8oww5R6odgfYXjBIbuy00ggJ2H9.7wg14s2Zs16',
  '$sha1$1000$ABCDEFGH$Pw9p0WKzwj3o51espOyT4XDbIzkd',
  '$1$ABCDEFGH$qG95r2gSpHQZVy1Xw86PE/',
  '$2b$05$ABCDEFGHIJKLMNOPQRSTUu4c54XYkpSjtxw94c3KqwOeQajkud.ji',
  '$2a$05$ABCDEFGHIJKLMNOPQRSTUu4c54XYkpSjtxw94c3KqwOeQajkud.ji',
  '$2y$05$ABCDEFGHIJKLMNOPQRSTUu4c54XYkpSjtxw94c3KqwOeQajkud.ji',
  '$bcrypt-sha256$v=2,t=2b,r=5$ABCDEFGHIJKLMNOPQRSTUu$SM88pHQDNewVOKefEQ.alZSMswPGkOK',
  'abOgiRQhT9y2Y',
  '_Z/..abcdMI1/GCbxPdY',
  '{SSHA}+eGQI31Fps2C7hgD5jye9CEfZK4BAgMEBQYHCA==',
  '{SMD5}tC+wwTv0Bp7k3l25nc1K4AECAwQFBgcI',
  '{SHA}ChHxBKBagTKi2jrrJGozhHhX1lc=',
  '{MD5}hALJr1HNR95XrOJ6BgYUiA==',
  '$P$5ABCDEFGHkVlaIVVAnFLA/4dPQ2Y0A0',
  '$pbkdf2-sha256$1000$QUJDREVGR0hJSktMTU5PUA$XkhRDZxM.pZJ3GFCfRUTRjCa4H7UBSRt43da1Nl3nhU',
  '$pbkdf2-sha512$1000$QUJDREVGR0hJSktMTU5PUA$m0/apEAqtRN5jAEbAJ3J.kpRCm.5XhP/Xts4OVURo9TnHTn9wjRJbs78RedQz/hNGrmI.DCrstYCaQv3YaWiFA',
  '{PKCS5S2}QUJDREVGR0hJSktMTU5PUFQ0RuvII+kaF9QUBYC+78kYJbXdHQgAzsvTHu1IEqZ0',
  '*DC0D173A18115FBE5F658FAD08CBA3F5D8DACE71',
  '40b5bc8e4c08877c',
  '0x010001020304E07FAA71C71CF543BBF49ECC8EFDD6769197FDEB',
  'S:310AAA2170B55F764E79F24AC02E355973FFD4FE0102030405060708090A',
];

/** As LinOTP 3 writes them; of `geheim1`. */
const MANY_ROUNDS = [
  '$6$rounds=656000$ABCDEFGHabcdefgh$QKoChO1IryB6fTejP0TiAl/g4.znVZXYi6bBh2vyCN69ChunjKgm8RLzAKm1.b6qNok2AYOeb5dtkmZcMiXm20',
  '$5$rounds=535000$ABCDEFGHabcdefgh$tgYjLa5KnTEtDPChkSNe03MLBqSpGyiyK3mKXJ/om75',
];

const LONG = 'x'.repeat(100);
/** Computed with the crypt(3) of libxcrypt 4.4, `$2$` with bcryptjs: lengths and letters that the vectors above do not have. */
const OF_OTHERS: [hash: string, password: string][] = [
  ['abJnggxhB/yWI', 'passwordlong'],
  ['_Z/..abcdWUbzdNLFzjs', 'passwordlong'],
  ['_J9..rasmAqof4RvXRu6', 'a much longer password, of 37 bytes!!'],
  ['.1d2n7Q0.r54smGmtSkKKYy2GwO1c1fFFrs', 'passwordlongerthan16'],
  [
    '$6$rounds=1000$short$fL0Q/T4k4wlQaYAgStG3vwjLRz7rf2BidWdQUT5i0PE3ocs7kbe/Fp9Qep0ur2HAJgbZOWrDYG4BUc7tP2EbZ/',
    LONG,
  ],
  ['$5$rounds=1000$a16charactersalt$CfINZMDl4O2Dk.YHrQ5JA3vC2qw18PlhEU4Dktwacf/', LONG],
  ['$1$abc$3H8M/2oOEP9HbqnoBC8m51', LONG],
  ['$sha1$1000$abcdefgh$wtpJdwLufzLqkNh10pPJF4tMLtdI', LONG],
  ['$md5$abcdefgh$$p6VQ4uix9vL2zJgyvVhaK1', LONG],
  ['$md5,rounds=10$abcdefgh$Lc2GQxlnPjuM9l4pOH2l50', LONG],
  ['$2a$04$abcdefghijklmnopqrstuughE8Ev8uGFaUgY2cNEySvxngrb/Jzdm', 'password'],
  ['$2$04$ABCDEFGHIJKLMNOPQRSTUuqjVDG0sN/pDcCRy45CKEFP/C6WKJ9Fa', 'geheim1'],
  ['$2$04$ABCDEFGHIJKLMNOPQRSTUuuPMGVdMuE6yqNwaDAANxW.7cK/ZbrX6', LONG],
  ['abzp3RXJm5gNA', 'pässwörd'],
  ['_J9..rasmTIP7P2rlEnk', 'pässwörd'],
  ['$5$rounds=1000$abc$JQ8Zdc9mzuZlmuhnBPjGoWbKWzp40ZOBNh7xy8VZld7', 'pässwörd'],
  ['$1$abc$va.mDh.xD0xaCpxxh9akd0', 'pässwörd'],
  [
    '$6$rounds=1000$short$Ocl6K/qPAcDqPeFvc9A.3r9CpINjXCDnNaLAGbHGaUfW/VAnUhMnVHLP9fLC0f.gFxi5W6DCYe3HkDMICsYY21',
    '',
  ],
  ['$1$abc$Or2rbeUYTvt12aiVzMuS/.', ''],
  ['abmF1QH4PEr.E', ''],
  ['_J9..rasmTB5D3hoAd8A', ''],
];

describe('verifyPasswordHash', () => {
  it.each(OF_PASSWORD)('knows the password of %s', async (text) => {
    await expect(verifyPasswordHash(text, 'password')).resolves.toBe(true);
    await expect(verifyPasswordHash(text, 'passwor')).resolves.toBe(false);
    await expect(verifyPasswordHash(text, '')).resolves.toBe(false);
  });

  it.each(OF_GEHEIM1)('knows the password of %s', async (text) => {
    await expect(verifyPasswordHash(text, 'geheim1')).resolves.toBe(true);
    await expect(verifyPasswordHash(text, 'geheim2')).resolves.toBe(false);
  });

  it.each(OF_OTHERS)('agrees with crypt(3) on %s', async (text, password) => {
    await expect(verifyPasswordHash(text, password)).resolves.toBe(true);
    await expect(verifyPasswordHash(text, `y${password}`)).resolves.toBe(false);
  });

  it('reads bcrypt-sha256 of the first version', async () => {
    // bcrypt of base64(sha256('geheim1')), as its definition has it.
    const key = hash('sha256', 'geheim1', 'base64');
    const [, salt, digest] = /^\$2[by]\$04\$(.{22})(.{31})$/.exec(await bcrypt(key, 4)) ?? [];
    const text = `$bcrypt-sha256$2b,4$${salt}$${digest}`;
    await expect(verifyPasswordHash(text, 'geheim1')).resolves.toBe(true);
    await expect(verifyPasswordHash(text, key)).resolves.toBe(false);
  });

  it.each([
    '',
    '*',
    '!',
    'x',
    'password',
    '5f4dcc3b5aa765d61d8327deb882cf99',
    '5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8',
    'md532e12f215ba27cb750c9e093ce4b5127',
    '{PLAIN}password',
    '{CRYPT}',
    '{CRYPT}password',
    '{CRYPT}{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=',
    '$y$j9T$abc$def',
  ])('matches nothing with %j', async (text) => {
    await expect(verifyPasswordHash(text, 'password')).resolves.toBe(false);
    await expect(verifyPasswordHash(text, text)).resolves.toBe(false);
    await expect(verifyPasswordHash(text, '')).resolves.toBe(false);
  });

  it.each([...OF_PASSWORD, ...OF_GEHEIM1])('matches nothing with a cut off %s', async (text) => {
    const password = OF_PASSWORD.includes(text) ? 'password' : 'geheim1';
    await expect(verifyPasswordHash(text.slice(0, -3), password)).resolves.toBe(false);
    await expect(verifyPasswordHash(text.slice(0, text.length / 2), password)).resolves.toBe(false);
    await expect(verifyPasswordHash(`${text}..`, password)).resolves.toBe(false);
  });

  it.each([
    '$5$rounds=1000001$abcdefgh$ZLdkj8mkc2XVSrPVjskDAgZPGjtj1VGVaa1aUkrMTU/',
    '$6$rounds=999999999$abcdefgh$yVfUwsw5T.JApa8POvClA1pQ5peiq97DUNyXCZN5IrF.BMSkiaLQ5kvpuEm/VQ1Tvh/KV2TcaWh8qinoW5dhA1',
    '$6$rounds=10$abcdefgh$yVfUwsw5T.JApa8POvClA1pQ5peiq97DUNyXCZN5IrF.BMSkiaLQ5kvpuEm/VQ1Tvh/KV2TcaWh8qinoW5dhA1',
    '$sha1$4000000000$abcdefgh$GXpMnGIpDtJHEtyi8mlfD4rDX7po',
    '$md5,rounds=4000000000$abcdefgh$$CMO99MEoARy16tUfsShKn/',
    '{FSHP1|16|4000000000}PtoqcGUetmVEy/uR8715TNqKa8+teMF9qZO1lA9lJNUm1EQBLPZ+qPRLeEPHqy6C',
    '{FSHP1|16|0}PtoqcGUetmVEy/uR8715TNqKa8+teMF9qZO1lA9lJNUm1EQBLPZ+qPRLeEPHqy6C',
    '$pbkdf2-sha256$9999999$QUJDREVGR0hJSktMTU5PUA$XkhRDZxM.pZJ3GFCfRUTRjCa4H7UBSRt43da1Nl3nhU',
    '$P$SohUJ.1sdFw09/bMaAQPTGDNi2BIUt1',
    '$2b$31$abcdefghijklmnopqrstuutwZ1IOTtu3SsEBT5lI/LFncP31tIybm',
    '$bcrypt-sha256$v=2,t=2b,r=31$ABCDEFGHIJKLMNOPQRSTUu$SM88pHQDNewVOKefEQ.alZSMswPGkOK',
    '_zzzzrasmEedsvB6g8/6',
  ])('does not run the rounds that %s asks for', async (text) => {
    await expect(verifyPasswordHash(text, 'password')).resolves.toBe(false);
  });

  it('takes no password that is longer than crypt(3) takes, or has a NUL', async () => {
    const ofLong = `{SHA}${hash('sha1', 'x'.repeat(513), 'base64')}`;
    await expect(verifyPasswordHash(ofLong, 'x'.repeat(513))).resolves.toBe(false);
    const ofNul = `{SHA}${hash('sha1', 'a\0b', 'base64')}`;
    await expect(verifyPasswordHash(ofNul, 'a\0b')).resolves.toBe(false);
  });

  it.each(MANY_ROUNDS)(
    'lets others have the event loop while it checks %s',
    async (text) => {
      let turns = 0;
      let isOver = false;
      const count = () => {
        turns++;
        if (!isOver) setImmediate(count);
      };
      setImmediate(count);
      await expect(verifyPasswordHash(text, 'geheim1')).resolves.toBe(true);
      isOver = true;
      expect(turns).toBeGreaterThan(50);
    },
    60_000,
  );
});

describe('verifyCryptHash', () => {
  it.each([
    '$1$abcdefgh$G//4keteveJp0qb8z2DxG/',
    'abJnggxhB/yWI',
    '$sha1$4000$abcdefgh$GXpMnGIpDtJHEtyi8mlfD4rDX7po',
    '$5$abcdefgh$ZLdkj8mkc2XVSrPVjskDAgZPGjtj1VGVaa1aUkrMTU/',
    '$6$abcdefgh$yVfUwsw5T.JApa8POvClA1pQ5peiq97DUNyXCZN5IrF.BMSkiaLQ5kvpuEm/VQ1Tvh/KV2TcaWh8qinoW5dhA1',
  ])('knows the password of %s', async (text) => {
    await expect(verifyCryptHash(text, 'password')).resolves.toBe(true);
    await expect(verifyCryptHash(text, 'Password')).resolves.toBe(false);
  });

  it.each([
    'x',
    '*',
    '',
    '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=',
    '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19',
    '_J9..rasmEedsvB6g8/6',
    '$2b$12$abcdefghijklmnopqrstuutwZ1IOTtu3SsEBT5lI/LFncP31tIybm',
  ])('matches nothing with %j, which no passwd file holds', async (text) => {
    await expect(verifyCryptHash(text, 'password')).resolves.toBe(false);
  });
});
