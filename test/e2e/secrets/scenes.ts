import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { AdminAgent, Fields } from '../../support/clients/admin-agent.js';
import type { Installation } from '../../support/application/installation.js';
import { hotpAt, motpAt, yubikeyOtp } from '../../support/clients/otp.js';
import type { MarkedSecrets } from '../../support/database/secret-traces.js';
import { ocraScene } from './ocra-scene.js';

/** What a scene plays with. */
export interface Stage {
  readonly admin: AdminAgent;
  readonly installation: Installation;
  readonly secrets: MarkedSecrets;
  /** Nobody listens there. */
  readonly deadPort: number;
}

interface Reply {
  readonly result: { readonly status: boolean; readonly value?: unknown };
  readonly detail?: Readonly<Record<string, unknown>>;
}

const FILE = 'useridresolver.PasswdIdResolver.IdResolver.file';
const MANAGED = 'useridresolver.SQLIdResolver.IdResolver.managed';
/** Of the administrator once all scenes were played. */
export const NEW_PASSWORD = 'MarkedAdminPassword2';
const KEY = 'c0ffee0123456789abcdef0123456789abcdef01';
const PIN = 'Marked-Pin-77';
const DEVICE = { keyHex: '0badcafe0badcafe0badcafe0badcafe', publicId: 'vvccccccdefg' };

const OWN_RIGHTS =
  'setOTPPIN, setMOTPPIN, resync, assign, unassign, getserial, history, otp_pin_contents=cns';

/** Secrets as they are meant to be used, right ones and wrong ones: each scene is what somebody does with the product. */
export const SCENES: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  async 'realms and users'({ admin, installation, secrets }) {
    const password = secrets.text('password of a user in a file', 'MarkedUserPassword');
    const fileName = join(installation.folder, 'users');
    await writeFile(fileName, 'anna:x:1000:1000:anna:/:/bin/false\n');
    await done(admin, '/system/setResolver', { name: 'file', type: 'passwdresolver', fileName });
    const form = { resolver: 'managed', passwords_in_plaintext: 'true' };
    const users = `berta,2000,B,B,b@x,,,${password}\n`;
    await admin.upload('/tools/import_users', form, users);
    // Cells in other columns, and too few of them.
    await admin.upload('/tools/import_users', { ...form, dryrun: 'true' }, `${users}${users}x\n`);
    await done(admin, '/system/setRealm', { realm: 'staff', resolvers: `${FILE},${MANAGED}` });
    await done(admin, '/system/setDefaultRealm', { realm: 'staff' });
  },

  async 'tokens of every kind'({ admin, secrets }) {
    secrets.seed('seed', KEY);
    secrets.text('PIN', PIN);
    const init = (form: Fields) => ask(admin, '/admin/init', form);
    await done(admin, '/admin/init', { serial: 'H1', otpkey: KEY, pin: PIN, otplen: '8', user: 'anna' });
    await done(admin, '/admin/init', { serial: 'T1', type: 'totp', otpkey: KEY, pin: PIN, user: 'anna' });
    const generated = await init({ serial: 'G1', genkey: '1', user: 'berta', pin: PIN });
    const [, base32 = ''] = /secret=([A-Z2-7]+)/.exec(JSON.stringify(generated)) ?? [];
    secrets.text('seed that was made', base32);
    const password = secrets.text('password token', 'MarkedTokenPassword');
    await done(admin, '/admin/init', { serial: 'P1', type: 'pw', otpkey: password, pin: PIN, user: 'anna' });
    await done(admin, '/admin/init', { serial: 'S1', type: 'spass', pin: PIN });
    const motpSeed = secrets.text('seed of a mOTP token', '5eed5eed12345678');
    const devicePin = secrets.text('PIN of a device', '66442211');
    await done(admin, '/admin/init', {
      serial: 'M1',
      type: 'motp',
      otpkey: motpSeed,
      otppin: devicePin,
      pin: PIN,
    });
    secrets.seed('key of a Yubikey', DEVICE.keyHex);
    const yubikey = { type: 'yubikey', otplen: '44', otpkey: DEVICE.keyHex };
    await done(admin, '/admin/init', { serial: 'UBAM00000001_1', ...yubikey, public_uid: DEVICE.publicId });
    await done(admin, '/admin/init', { serial: 'D1', type: 'dpw', otpkey: KEY });
    // Seeds that cannot be read.
    for (const otpkey of [`${KEY}0`, `${KEY}zz`, `${KEY} ${KEY}`, PIN])
      await init({ serial: 'X1', otpkey, pin: PIN });
    await init({ serial: 'X1', type: 'yubikey', otpkey: `${DEVICE.keyHex}00` });
    await init({ serial: 'X1', type: 'motp', otpkey: `${motpSeed}x`, otppin: devicePin });
    await init({ serial: 'H1', type: 'nosuch', otpkey: KEY, pin: PIN });
  },

  'OCRA2 tokens': ocraScene,

  async logins({ admin, secrets }) {
    const otp = (counter: number) =>
      secrets.text(`OTP ${counter}`, hotpAt(counter, { keyHex: KEY, digits: 8 }));
    const check = (form: Fields) => ask(admin, '/validate/check', form);
    const { result } = await check({ user: 'anna', pass: `${PIN}${otp(0)}` });
    if (result.value !== true) throw new Error('the right OTP was refused');
    await check({ user: 'anna', pass: `${PIN}${otp(0)}` });
    await check({ user: 'anna', pass: `${PIN}${otp(900)}` });
    await check({ user: 'anna', pass: `${secrets.text('wrong PIN', 'Marked-Wrong-Pin')}${otp(1)}` });
    await check({ user: 'nobody', pass: `${PIN}${otp(1)}` });
    await check({ user: 'anna', realm: 'nosuch', pass: `${PIN}${otp(1)}` });
    await check({ user: 'anna', pass: PIN, data: 'a text' });
    await admin.get('/validate/check', { user: 'anna', pass: `${PIN}${otp(2)}` });
    await admin.get('/validate/simplecheck', { user: 'anna', pass: `${PIN}${otp(2)}` });
    await ask(admin, '/validate/check_s', { serial: 'H1', pass: `${PIN}${otp(3)}` });
    await ask(admin, '/validate/check_s', { serial: 'nosuch', pass: `${PIN}${otp(4)}` });
    await ask(admin, '/validate/check_s', { serial: 'P1', pass: `${PIN}MarkedTokenPassword` });
    const motp = motpAt(new Date(), { seed: '5eed5eed12345678', pin: '66442211' });
    await ask(admin, '/validate/check_s', { serial: 'M1', pass: `${PIN}${motp}` });
    const press = secrets.text('OTP of a Yubikey', yubikeyOtp({ ...DEVICE, usage: 1 }));
    await ask(admin, '/validate/check_yubikey', { pass: press });
    await ask(admin, '/validate/check_yubikey', {
      pass: secrets.text('another OTP', yubikeyOtp({ ...DEVICE, publicId: 'cccccccccccd' })),
    });
    await ask(admin, '/validate/check_t', { transactionid: '123456789012', pass: otp(5) });
    await ask(admin, '/validate/check_status', { transactionid: '123456789012', user: 'anna', pass: PIN });
    await check({ user: 'berta', pass: 'MarkedUserPassword' });
  },

  /** What people type into the wrong field. */
  async 'OTPs in place of names'({ admin, secrets }) {
    const otp = secrets.text('OTP in the field of the user', hotpAt(20, { keyHex: KEY, digits: 8 }));
    const press = secrets.text('Yubikey in the field of the user', yubikeyOtp({ ...DEVICE, usage: 9 }));
    for (const user of [otp, press, `${otp}@staff`, `staff\\${otp}`]) {
      await ask(admin, '/validate/check', { user, pass: 'anna' });
      await admin.get('/validate/simplecheck', { user, pass: 'anna' });
      await ask(admin, '/validate/check_s', { user, pass: 'anna' });
      await ask(admin, '/validate/check_status', { transactionid: '1', user, pass: 'anna' });
    }
  },

  async challenges({ admin, secrets }) {
    const policy = { name: 'cr', scope: 'authentication', realm: '*', user: '*', active: 'True' };
    await done(admin, '/system/setPolicy', { ...policy, action: 'challenge_response=hmac totp' });
    const { detail } = await ask(admin, '/validate/check', { user: 'anna', pass: PIN });
    const transactionid = String(detail?.['transactionid'] ?? '1');
    const otp = secrets.text('OTP for a challenge', hotpAt(30, { keyHex: KEY, digits: 8 }));
    await ask(admin, '/validate/check', { user: 'anna', transactionid, pass: otp });
    await ask(admin, '/validate/check_t', { transactionid, pass: otp });
    await ask(admin, '/admin/checkstatus', { user: 'anna' });
    await done(admin, '/system/delPolicy', { name: 'cr' });
  },

  async 'the self-service'({ admin, secrets }) {
    const password = 'MarkedUserPassword';
    const policy = { name: 'ss', scope: 'selfservice', realm: '*', user: '*', active: 'True' };
    await done(admin, '/system/setPolicy', { ...policy, action: `mfa_login, ${OWN_RIGHTS}` });
    await done(admin, '/admin/init', { serial: 'B1', otpkey: KEY, pin: PIN, otplen: '8', user: 'berta' });
    const otp = (counter: number) =>
      secrets.text(`OTP ${counter} of the self-service`, hotpAt(counter, { keyHex: KEY, digits: 8 }));
    let session = '';
    const login = async (form: Fields) => {
      const answer = await admin.post('/userservice/login', { session, ...form });
      const cookies = ([] as string[]).concat(answer.headers['set-cookie'] ?? []).join();
      const [, value = ''] = /user_selfservice=([0-9a-f]*)/.exec(cookies) ?? [];
      if (value !== '') session = secrets.text('session of a user', value);
      return answer.body as Reply;
    };
    await login({ login: 'berta', password: secrets.text('wrong password', 'MarkedWrongPassword') });
    await login({ login: 'berta', password });
    await login({ serial: 'B1', otp: otp(60) });
    await login({ login: 'berta', password });
    await login({ serial: 'B1' });
    await login({ otp: otp(61) });
    const { result } = await login({ otp: otp(1) });
    if (result.value !== true) throw new Error('the right OTP was refused');
    await admin.get('/userservice/usertokenlist', { session });
    const own = (name: string, form: Fields) => admin.post(`/userservice/${name}`, { session, ...form });
    const userpin = secrets.text('PIN of a user', 'Marked-Own-Pin-9');
    for (const serial of ['B1', 'H1', 'nosuch']) await own('setpin', { serial, userpin });
    await own('setpin', { serial: 'B1', userpin: secrets.text('PIN that is refused', 'MarkedRefusedPin') });
    await own('setmpin', { serial: 'B1', pin: userpin });
    await own('resync', { serial: 'B1', otp1: otp(64), otp2: otp(65) });
    await own('getSerialByOtp', { otp: otp(66) });
    for (const name of ['unassign', 'assign']) await own(name, { serial: 'B1', pin: userpin });
    await own('history', {});
    await admin.get('/userservice/logout');
    await login({ login: 'berta', password, otp: otp(62) });
    for (const name of [otp(63), `${otp(63)}@staff`, `staff\\${otp(63)}`]) {
      await login({ login: name, password });
      await ask(admin, '/userservice/auth', {
        login: name,
        password: 'GEZDGNBVGY======:JVQXE23FMRKXGZLSKBQXG43XN5ZGI===',
      });
    }
    await ask(admin, '/userservice/auth', { login: 'berta', password });
    await done(admin, '/system/delPolicy', { name: 'ss' });
  },

  async 'PINs and OTPs of administrators'({ admin, secrets }) {
    const pin = secrets.text('new PIN', 'Marked-New-Pin-8');
    await ask(admin, '/admin/set', { serial: 'H1', pin });
    await ask(admin, '/admin/set', { serial: 'nosuch', pin });
    await ask(admin, '/admin/set', { pin });
    await ask(admin, '/admin/setPin', {
      serial: 'M1',
      userpin: secrets.text('new PIN of a device', '99117733'),
    });
    await ask(admin, '/admin/setPin', { serial: 'H1', userpin: pin });
    await ask(admin, '/admin/assign', { serial: 'S1', user: 'anna', pin });
    const otps = [40, 41, 42].map((at) => secrets.text(`OTP ${at}`, hotpAt(at, { keyHex: KEY, digits: 8 })));
    const [otp1 = '', otp2 = '', otp = ''] = otps;
    await ask(admin, '/admin/resync', { serial: 'H1', otp1, otp2 });
    await ask(admin, '/admin/resync', { serial: 'H1', otp1: otp2, otp2: otp1 });
    await admin.get('/admin/getSerialByOtp', { otp });
    await admin.get('/admin/getSerialByOtp', { otp, type: 'nosuch', realm: 'nosuch' });
    await admin.get('/admin/totp_lookup', { serial: 'T1', otp, window: '1h' });
    const lost = await ask(admin, '/admin/losttoken', { serial: 'H1' });
    const { password } = lost.result.value as { password: string };
    secrets.text('password of a lost token', password);
    await ask(admin, '/validate/check', { user: 'anna', pass: `${pin}${password}` });
    await done(admin, '/system/setConfig', { 'linotpGetotp.active': 'True' });
    await done(admin, '/system/setPolicy', {
      name: 'otps',
      scope: 'gettoken',
      action: 'max_count_hotp=5',
      realm: '*',
      user: '*',
      active: 'True',
    });
    const got = await admin.get('/gettoken/getmultiotp', { serial: 'H1', count: '3' });
    for (const [found] of got.text.matchAll(/\b\d{8}\b/g)) secrets.text('OTP that was computed', found);
    await done(admin, '/system/delPolicy', { name: 'otps' });
  },

  async 'files of tokens'({ admin, secrets }) {
    const seed = secrets.seed('seed in a file', 'feedbeef0123456789abcdef0123456789abcdef');
    const form = { type: 'oathcsv' };
    await admin.upload('/admin/loadtokens', form, `F1,${seed},HOTP,8\n`);
    await admin.upload('/admin/loadtokens', form, `F1,${seed},HOTP,8\n`);
    await admin.upload('/admin/loadtokens', form, `${seed},OATH-X1,HOTP,8\n`);
    await admin.upload('/admin/loadtokens', form, `F2,${seed},${seed},8,${seed}\n`);
    await admin.upload('/admin/loadtokens', form, `F2,${seed.toUpperCase()}z\n`);
    const pskc = { type: 'pskc', pskc_type: 'password', pskc_preshared: '' };
    const password = secrets.text('password of a file', 'MarkedFilePassword');
    await admin.upload(
      '/admin/loadtokens',
      { ...pskc, pskc_password: password },
      `<KeyContainer>${seed}</KeyContainer>`,
    );
  },

  async resolvers({ admin, secrets, deadPort }) {
    const password = secrets.text('password of a resolver', 'MarkedBindPassword');
    const ldap = {
      type: 'ldapresolver',
      LDAPURI: `ldap://127.0.0.1:${deadPort}`,
      LDAPBASE: 'dc=example',
      BINDDN: 'cn=reader',
      BINDPW: password,
      LOGINNAMEATTRIBUTE: 'uid',
      LDAPSEARCHFILTER: '(uid=*)',
      LDAPFILTER: '(uid=%s)',
      USERINFO: '{"username":"uid","userid":"uid"}',
      UIDTYPE: 'uid',
      TIMEOUT: '1',
    };
    await ask(admin, '/system/setResolver', { name: 'dead', ...ldap });
    await ask(admin, '/system/setResolver', { name: 'wrong', ...ldap, USERINFO: password });
    await ask(admin, '/system/setResolver', {
      name: 'wrong',
      ...ldap,
      LDAPURI: `ldap://cn:${password}@127.0.0.1:${deadPort}`,
    });
    await admin.get('/admin/testresolver', { resolvername: 'dead' });
    const sql = {
      type: 'sqlresolver',
      Driver: 'postgresql',
      Server: '127.0.0.1',
      Port: String(deadPort),
      Database: 'x',
      User: 'x',
      Password: password,
      Table: 'x',
      Map: '{"userid":"id","username":"u"}',
    };
    await ask(admin, '/system/setResolver', { name: 'sql', ...sql });
    await ask(admin, '/system/setResolver', {
      name: 'sql',
      ...sql,
      Connect: `postgresql://x:${password}@127.0.0.1:${deadPort}/x`,
    });
    await admin.get('/system/getResolver', { resolver: 'dead' });
    await ask(admin, '/system/setRealm', {
      realm: 'dead',
      resolvers: 'useridresolver.LDAPIdResolver.IdResolver.dead',
    });
    await ask(admin, '/validate/check', { user: 'anna@dead', pass: `${PIN}${password}` });
  },

  async providers({ admin, secrets, deadPort }) {
    const password = secrets.text('secret of a provider', 'MarkedProviderSecret');
    const url = `http://u:${password}@127.0.0.1:${deadPort}/?apikey=${password}`;
    const configs = {
      HttpSMSProvider: {
        URL: url,
        PASSWORD: password,
        PARAMETER: { token: password },
        HEADERS: { Authorization: `Bearer ${password}` },
        SMS_TEXT_KEY: 't',
        SMS_PHONENUMBER_KEY: 'p',
      },
      SMTPEmailProvider: {
        SMTP_SERVER: '127.0.0.1',
        SMTP_PORT: deadPort,
        SMTP_USER: 'u',
        SMTP_PASSWORD: password,
        EMAIL_FROM: 'a@b.c',
      },
      SMPPSMSProvider: { server: '127.0.0.1', port: deadPort, system_id: 'u', password, source_addr: '1' },
    };
    for (const [name, config] of Object.entries(configs)) {
      const type = name.startsWith('SMTP') ? 'email' : 'sms';
      await ask(admin, '/system/setProvider', {
        name,
        type,
        class: name,
        config: JSON.stringify(config),
        timeout: '2',
      });
      await ask(admin, '/system/setProvider', {
        name,
        type,
        class: name,
        config: JSON.stringify(config).slice(1),
      });
      await ask(admin, '/system/testProvider', { name, type, to: '+491234', message: 'x' });
      await admin.get('/system/getProvider', { type });
    }
  },

  async policies({ admin, secrets, deadPort }) {
    const secret = secrets.text('secret of a policy', 'MarkedPolicySecret');
    const action = `forward_server=http://127.0.0.1:${deadPort}/validate/check?secret=${secret}`;
    const policy = { scope: 'authentication', realm: '*', user: 'carla', active: 'True' };
    await ask(admin, '/system/setPolicy', { name: 'fwd', ...policy, action });
    await ask(admin, '/system/setPolicy', {
      name: 'fwd2',
      ...policy,
      action: `forward_server="radius://u:${secret}@127.0.0.1:${deadPort}/?secret=${secret}`,
    });
    await ask(admin, '/system/setPolicy', { name: 'fwd$', ...policy, action });
    const file = `[fwd3]\nscope = authentication\nrealm = *\nuser = carla\naction = ${action}\nactive = True\n`;
    await admin.upload('/system/importPolicy', {}, file);
    await admin.upload('/system/importPolicy', {}, file.replace('[fwd3]', '[fwd3'));
    await ask(admin, '/validate/check', { user: 'carla', pass: `${PIN}MarkedUserPassword` });
    await admin.get('/system/getPolicy', {});
    for (const name of ['fwd', 'fwd2', 'fwd3']) await ask(admin, '/system/delPolicy', { name });
  },

  async 'tokens that servers elsewhere know'({ admin, secrets }) {
    const shared = secrets.text('secret of a RADIUS server', 'MarkedSharedSecret');
    const key = secrets.text('API key of Yubico', 'TWFya2VkQXBpS2V5');
    const code = secrets.text('code for another server', 'MarkedCode77');
    const inUrl = secrets.text('password in the URL of a server', 'MarkedUrlPassword');
    // Nobody listens there.
    const settings = { 'yubico.id': '1', 'yubico.url': 'http://127.0.0.1:9/verify', 'yubico.secret': key };
    await done(admin, '/system/setConfig', settings);
    const radius = { type: 'radius', 'radius.user': 'anna', 'radius.secret': shared, pin: PIN };
    await done(admin, '/admin/init', { serial: 'R1', ...radius, 'radius.server': '127.0.0.1:9' });
    await ask(admin, '/admin/init', { serial: 'R2', ...radius, 'radius.server': `radius://${shared}@x` });
    await ask(admin, '/admin/init', { serial: 'R2', ...radius });
    const remote = { type: 'remote', pin: PIN, 'remote.local_checkpin': '0' };
    await done(admin, '/admin/init', { serial: 'E1', ...remote, 'remote.server': 'http://127.0.0.1:9' });
    const withPassword = `https://me:${inUrl}@127.0.0.1/`;
    await ask(admin, '/admin/init', { serial: 'E2', ...remote, 'remote.server': withPassword });
    const yubico = { type: 'yubico', 'yubico.tokenid': DEVICE.publicId, pin: PIN };
    await done(admin, '/admin/init', { serial: 'Y1', ...yubico });
    const value = secrets.text('value of a Yubikey', yubikeyOtp({ ...DEVICE, usage: 77 }));
    for (const [serial, pass] of Object.entries({ R1: code, E1: code, Y1: `${PIN}${value}` })) {
      await ask(admin, '/validate/check_s', { serial, pass });
    }
  },

  async settings({ admin, secrets }) {
    const value = secrets.text('setting of type password', 'MarkedSettingSecret');
    await ask(admin, '/system/setConfig', { key: 'mine', value, type: 'password' });
    await ask(admin, '/system/setConfig', { mine2: value, 'mine2.type': 'password' });
    await ask(admin, '/system/setConfig', { key: 'mine', value: `${value}\0`, type: 'password' });
  },

  /** Ends every session: to be played last. */
  async 'passwords of administrators'({ admin, secrets, installation }) {
    secrets.text('password of the administrator', installation.password);
    secrets.text('new password of the administrator', NEW_PASSWORD);
    await ask(admin, '/admin/login', { username: 'nosuch', password: NEW_PASSWORD });
    const change = { old_password: installation.password, new_password: NEW_PASSWORD };
    await ask(admin, '/tools/setPassword', { ...change, old_password: NEW_PASSWORD });
    await done(admin, '/tools/setPassword', change);
  },
};

async function ask(admin: AdminAgent, path: string, form: Fields): Promise<Reply> {
  const { status, text } = await admin.post(path, form);
  if (status >= 500 && status !== 503) throw new Error(`${path}: ${status} ${text}`);
  return text.startsWith('{') ? (JSON.parse(text) as Reply) : { result: { status: false } };
}

/** What the scenes stand on has to work. */
async function done(admin: AdminAgent, path: string, form: Fields): Promise<void> {
  const { result } = await ask(admin, path, form);
  if (!result.status || result.value === false) throw new Error(`${path} failed`);
}
