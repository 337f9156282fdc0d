import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type pg from 'pg';

import { changed } from '../../../faults/given-users.js';
import { type AdminAgent, type Fields, adminAgent } from '../../../support/clients/admin-agent.js';
import { startApplication } from '../../../support/application/application.js';
import { type GivenPolicy, givePolicies } from '../../../support/domain/given-policies.js';
import {
  ADMINISTRATOR,
  type Installation,
  givenInstallation,
} from '../../../support/application/installation.js';
import { type RunningProcess, startProcess } from '../../../support/application/process.js';
import { MarkedSecrets } from '../../../support/database/secret-traces.js';
import type { Sessions } from './cases.js';
import { type Endpoint, endpointsOf } from './endpoints.js';
import { DEVICE_POLICIES, DEVICE_RIGHTS, GivenDevices } from './given-devices.js';
import { KeptState } from './kept-state.js';
import type { Session } from './requests.js';
import { KEY, PIN } from './usual.js';

const PASSWORD = 'password';
/** Of that password; cheap. */
const HASH = '$1$abcdefgh$G//4keteveJp0qb8z2DxG/';
const ALL: Readonly<Record<string, string>> = { TWINLOCK_OLD_CLIENTS: 'true', DISABLE_CONTROLLERS: '' };

/** What only they, and administrators, may be told. */
export const DATA = { anna: 'AnnaFuzzDatum', hans: 'HansFuzzDatum', berta: 'BertaFuzzDatum' } as const;
/** Their numbers in the resolvers: `tokens of 1000`. */
export const USER_IDS = { anna: '1000', hans: '1001', berta: '2000' } as const;

const SELF_SERVICE =
  'enrollHMAC, enrollTOTP, enrollMOTP, enrollPW, enrollOCRA2, activate_OCRA2, enrollSMS, enrollEMAIL, setOTPPIN, setMOTPPIN, ' +
  'resync, assign, unassign, enable, disable, delete, reset, setDescription, verify, getserial, history, activate_QRToken, ' +
  'activate_PushToken, qrtoken_pairing_callback_url=https://localhost/, max_count_hotp=5';
const SCOPES = [
  'admin',
  'system',
  'audit',
  'monitoring',
  'reporting.access',
  'tools',
  'getToken',
  'license',
  'maintenance',
  'userservice',
];

const POLICIES: readonly GivenPolicy[] = [
  ...SCOPES.map((scope) => ({ scope, action: '*', user: ADMINISTRATOR })),
  { scope: 'admin', action: 'show, userlist, enable, disable', user: 'helpdesk', realm: 'alpha' },
  { scope: 'selfservice', action: `${SELF_SERVICE}, ${DEVICE_RIGHTS}` },
  ...DEVICE_POLICIES,
  { scope: 'authentication', action: 'challenge_response=totp', realm: 'beta' },
];

/** A server with users and tokens of two realms, administrators with many and with few rights, and secrets that nobody is told. */
export class World {
  readonly secrets = new MarkedSecrets();
  #devices: GivenDevices | undefined;

  private constructor(
    readonly installation: Installation,
    readonly server: RunningProcess,
    readonly endpoints: readonly Endpoint[],
    readonly database: pg.Client,
    readonly state: KeptState,
  ) {}

  static async start(): Promise<World> {
    const installation = await givenInstallation({ TWINLOCK_LOG_LEVEL: 'info', ...ALL });
    // What it serves is asked of the application itself; requests go to a process as it is built.
    const described = await startApplication({ installation });
    const endpoints = endpointsOf(described.app);
    await described.stop();
    const server = await startProcess(installation);
    const database = await installation.database.connect();
    const world = new World(installation, server, endpoints, database, await KeptState.of(database));
    try {
      const admin = await adminAgent(server.url, installation);
      await world.#people(admin);
      world.#devices = await GivenDevices.at(server.url, admin, PASSWORD);
      return world;
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  get devices(): GivenDevices {
    if (!this.#devices) throw new Error('the world has not begun');
    return this.#devices;
  }

  get port(): number {
    return Number(new URL(this.server.url).port);
  }

  async stop(): Promise<number | null> {
    await this.database.end();
    const code = await this.server.stop();
    await this.#devices?.stop();
    await this.installation.remove();
    return code;
  }

  /** Everybody logs in anew, and everything is kept as it then is. */
  async begin(): Promise<Sessions> {
    const sessions: Sessions = {
      root: await this.#administrator(ADMINISTRATOR),
      helpdesk: await this.#administrator('helpdesk'),
      anna: await this.#user('anna@alpha'),
      berta: await this.#user('berta@beta'),
    };
    await this.state.keep();
    return sessions;
  }

  async #people(admin: AdminAgent): Promise<void> {
    const { secrets, installation, database } = this;
    secrets.text('PIN', PIN);
    secrets.seed('seed', KEY);
    secrets.text('password of the administrator', installation.password);
    const fileName = join(installation.folder, 'passwd');
    const person = (login: 'anna' | 'hans') =>
      `${login}:${HASH}:${USER_IDS[login]}:1:${DATA[login]},,+49${DATA[login]},,${DATA[login]}@x:/:/bin/false\n`;
    await writeFile(fileName, person('anna') + person('hans'));
    await changed(admin, '/system/setResolver', { name: 'file', type: 'passwdresolver', fileName });
    const berta = `berta,${USER_IDS.berta},${DATA.berta},B,${DATA.berta}@x,${DATA.berta},${DATA.berta},${PASSWORD}\n`;
    await admin.upload('/tools/import_users', { resolver: 'managed', passwords_in_plaintext: 'true' }, berta);
    const realms = {
      alpha: 'useridresolver.PasswdIdResolver.IdResolver.file',
      beta: 'useridresolver.SQLIdResolver.IdResolver.managed',
    };
    for (const [realm, resolvers] of Object.entries(realms))
      await changed(admin, '/system/setRealm', { realm, resolvers });
    await changed(admin, '/system/setDefaultRealm', { realm: 'alpha' });
    await this.#secretSettings(admin);
    await this.#tokens(admin);
    await database.query(
      `INSERT INTO administrator SELECT (jsonb_populate_record(a, '{"username": "helpdesk"}')).* FROM administrator a WHERE username = $1`,
      [ADMINISTRATOR],
    );
    await givePolicies(database, POLICIES);
  }

  async #secretSettings(admin: AdminAgent): Promise<void> {
    const { secrets } = this;
    await changed(admin, '/system/setResolver', {
      name: 'away',
      type: 'ldapresolver',
      LDAPURI: 'ldap://127.0.0.1:9',
      LDAPBASE: 'dc=x',
      BINDDN: 'cn=x',
      BINDPW: secrets.text('password of a resolver', 'FuzzCanaryBindPassword'),
      LOGINNAMEATTRIBUTE: 'uid',
      LDAPSEARCHFILTER: '(uid=*)(objectClass=person)',
      LDAPFILTER: '(&(uid=%s)(objectClass=person))',
      USERINFO: '{"username":"uid"}',
      UIDTYPE: 'uid',
      TIMEOUT: '1',
    });
    await changed(admin, '/system/setConfig', {
      key: 'fuzz.secret',
      value: secrets.text('a sealed setting', 'FuzzCanarySetting'),
      type: 'password',
    });
    await changed(admin, '/system/setProvider', {
      name: 'mail',
      type: 'email',
      class: 'linotp.provider.emailprovider.SMTPEmailProvider.SMTPEmailProvider',
      timeout: '2',
      config: JSON.stringify({
        SMTP_SERVER: '127.0.0.1',
        SMTP_PORT: 9,
        SMTP_USER: 'x',
        SMTP_PASSWORD: secrets.text('password of a provider', 'FuzzCanaryMailPassword'),
        EMAIL_FROM: 'x@x',
      }),
    });
  }

  async #tokens(admin: AdminAgent): Promise<void> {
    const enrol = (serial: string, form: Fields) =>
      changed(admin, '/admin/init', { serial, pin: PIN, ...form });
    const anna = { user: 'anna', realm: 'alpha', description: DATA.anna };
    await enrol('ANNA1', { type: 'hmac', otpkey: KEY, ...anna });
    await enrol('ANNA2', { type: 'totp', otpkey: KEY, ...anna });
    await enrol('ANNA3', {
      type: 'pw',
      otpkey: this.secrets.text('password of a token', 'FuzzCanaryTokenPassword'),
      ...anna,
    });
    await enrol('ANNA4', { type: 'motp', otpkey: 'abcdef0123456789', otppin: '1234', ...anna });
    await enrol('ANNA5', { type: 'email', email_address: `${DATA.anna}@x`, ...anna });
    await enrol('ANNA6', { type: 'ocra2', otpkey: KEY, ...anna });
    await enrol('HANS1', { type: 'hmac', otpkey: KEY, user: 'hans', realm: 'alpha', description: DATA.hans });
    await enrol('BERTA1', {
      type: 'hmac',
      otpkey: KEY,
      user: 'berta',
      realm: 'beta',
      description: DATA.berta,
    });
    await enrol('BERTA2', {
      type: 'totp',
      otpkey: KEY,
      user: 'berta',
      realm: 'beta',
      description: DATA.berta,
    });
    await enrol('FREE1', { type: 'hmac', otpkey: KEY });
  }

  async #administrator(username: string): Promise<Session> {
    const cookies = await this.#cookies('/admin/login', { username, password: this.installation.password });
    const csrf = cookies.get('csrf_access_token') ?? '';
    return { cookie: shown(cookies), csrf, proof: null };
  }

  async #user(login: string): Promise<Session> {
    const cookies = await this.#cookies('/userservice/login', { login, password: PASSWORD });
    return { cookie: shown(cookies), csrf: null, proof: cookies.get('user_selfservice') ?? '' };
  }

  async #cookies(path: string, form: Fields): Promise<ReadonlyMap<string, string>> {
    const answer = await fetch(`${this.server.url}${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    const text = await answer.text();
    if (!text.includes('"value": true')) throw new Error(`${path} ${JSON.stringify(form)}: ${text}`);
    return new Map(
      answer.headers.getSetCookie().map((cookie) => {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
        return [name, value];
      }),
    );
  }
}

function shown(cookies: ReadonlyMap<string, string>): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}
