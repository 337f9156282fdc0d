import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type AdminAgent, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';

// `password`, as spec/system-api §4.5 gives it.
const SHA512 =
  '$6$abcdefgh$yVfUwsw5T.JApa8POvClA1pQ5peiq97DUNyXCZN5IrF.BMSkiaLQ5kvpuEm/VQ1Tvh/KV2TcaWh8qinoW5dhA1';

let server: RunningApplication;
let admin: AdminAgent;
let file: string;

const LINES = [
  `anna:${SHA512}:1:1:Anna Arndt,,+49001,+49101,anna@x.test:/:`,
  'bernd:x:20:1:Bernd Braun:/:',
  `carla::300:1:Carla Cramer:/:`,
];

interface Answer {
  readonly body: { readonly result: { readonly value?: unknown; readonly error?: { message: string } } };
}
const valueOf = ({ body }: Answer) => body.result.value;

/** Put in its place as a whole, as tools do that know what they do. */
async function write(lines: readonly string[]): Promise<void> {
  await writeFile(`${file}.new`, `${lines.join('\n')}\n`);
  await rename(`${file}.new`, file);
}

beforeAll(async () => {
  server = await startApplication();
  file = join(server.installation.folder, 'passwd');
  await write(LINES);
  admin = await adminAgent(server.url, server.installation);
  // The data folder is what %(here)s stands for.
  const form = { name: 'filed', type: 'passwdresolver', fileName: '%(here)s/passwd' };
  expect(valueOf(await admin.post('/system/setResolver', form))).toBe(true);
  const filed = 'useridresolver.PasswdIdResolver.IdResolver.filed';
  const local = 'useridresolver.SQLIdResolver.IdResolver.LinOTP_local_admins';
  for (const [realm, resolvers] of [
    ['home', filed],
    ['linotp_admins', `${local},${filed}`],
  ] as const) {
    expect(valueOf(await admin.post('/system/setRealm', { realm, resolvers }))).toBe(true);
  }
});

afterAll(() => server.stop());

describe('users of a passwd file', () => {
  const logIn = (username: string, password: string) =>
    adminAgent(server.url, server.installation, { username, password });
  const list = async (search: Record<string, string>) => {
    const { text } = await admin.get('/admin/userlist', { realm: 'home', ...search });
    const { result } = JSON.parse(text) as { result: { value: Record<string, string>[] } };
    return result.value;
  };

  it('log in with the passwords of the file, where they are administrators', async () => {
    await logIn('anna', 'password');
  });

  it.each([
    ['anna', 'Password'],
    ['bernd', 'x'],
    ['carla', 'anything'],
  ])('do not log in with others: %s, %s', async (username, password) => {
    await expect(logIn(username, password)).rejects.toThrow('login refused');
  });

  it.each<[Record<string, string>, string[]]>([
    [{ username: '*' }, ['anna', 'bernd', 'carla']],
    [{ username: '*n*' }, ['anna', 'bernd']],
    [{ userid: '<=20' }, ['anna', 'bernd']],
    [{ userid: 'between 2,299' }, ['bernd']],
    [{ email: '*@X.TEST' }, ['anna']],
    [{ mobile: '+49001' }, ['anna']],
  ])('are found by %j', async (search, expected) => {
    expect((await list(search)).map(({ username }) => username)).toEqual(expected);
  });

  it('are told of without their hashes', async () => {
    expect(JSON.stringify(await list({ username: 'anna' }))).not.toContain('$6$');
  });

  it('are there as soon as they are in the file; when it is gone, they are not unknown', async () => {
    const init = { type: 'spass', serial: 'PASSWD1', pin: 'pin', realm: 'home' };
    expect((await admin.post('/admin/init', { ...init, user: 'dora' })).text).toContain('ERR1112');
    await write([...LINES, 'dora:x:4000:1:Dora:/:']);
    expect(valueOf(await admin.post('/admin/init', { ...init, user: 'dora' }))).toBe(true);
    const check = () => admin.get('/validate/check', { user: 'nobody', realm: 'home', pass: 'pin' });
    expect(valueOf(await check())).toBe(false);
    await rename(file, `${file}.away`);
    expect((await check()).status).toBe(503);
    expect((await admin.post('/admin/init', { ...init, user: 'emil', serial: 'PASSWD2' })).status).toBe(503);
    await rename(`${file}.away`, file);
    const back = await admin.get('/validate/check', { user: 'dora', realm: 'home', pass: 'pin' });
    expect(valueOf(back)).toBe(true);
  });
});
