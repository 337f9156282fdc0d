import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type pg from 'pg';

import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';

let server: RunningApplication;
let admin: AdminAgent;
let database: pg.Client;

interface Answer {
  readonly body: { readonly result: { readonly value?: unknown; readonly error?: { message: string } } };
}
const valueOf = ({ body }: Answer) => body.result.value;
const messageOf = ({ body }: Answer) => body.result.error?.message;

const specification = (resolver: string) => `useridresolver.PasswdIdResolver.IdResolver.${resolver}`;

/** A passwd resolver with one user in a realm, and a token of theirs with the PIN `pin`. */
async function given(name: string, realms: readonly string[], serial: string): Promise<void> {
  const fileName = join(server.installation.folder, `passwd-${name}`);
  await writeFile(fileName, `user-${name}:x:7:7:User:/:\n`);
  expect(valueOf(await admin.post('/system/setResolver', { name, type: 'passwdresolver', fileName }))).toBe(
    true,
  );
  for (const realm of realms) {
    const form = { realm, resolvers: specification(name) };
    expect(valueOf(await admin.post('/system/setRealm', form))).toBe(true);
  }
  const token = { type: 'spass', serial, pin: 'pin', user: `user-${name}`, realm: realms[0] ?? '' };
  expect(valueOf(await admin.post('/admin/init', token))).toBe(true);
}

const logIn = async (user: string, realm: string) =>
  valueOf(await admin.get('/validate/check', { user, realm, pass: 'pin' }));

async function shown(serial: string): Promise<Record<string, unknown>> {
  const { data } = valueOf(await admin.get('/admin/show', { serial })) as { data: Record<string, unknown>[] };
  return data[0] ?? {};
}

async function lastRecord(): Promise<{ action: string; succeeded: boolean; info: string }> {
  const { rows } = await database.query<{ action: string; succeeded: boolean; info: string }>(
    'SELECT action, succeeded, info FROM audit_record ORDER BY at DESC LIMIT 1',
  );
  const [record] = rows;
  if (!record) throw new Error('no record');
  return record;
}

beforeAll(async () => {
  server = await startApplication();
  admin = await adminAgent(server.url, server.installation);
  database = await server.installation.database.connect();
});

afterAll(async () => {
  await database?.end();
  await server.stop();
});

describe('a resolver that is renamed', () => {
  it('takes its realms and tokens along', async () => {
    await given('first', ['homes'], 'RENAMED1');
    const form: Fields = {
      name: 'second',
      previous_name: 'first',
      type: 'passwdresolver',
      fileName: join(server.installation.folder, 'passwd-first'),
    };
    expect(valueOf(await admin.post('/system/setResolver', form))).toBe(true);
    expect(await lastRecord()).toEqual({ action: 'system/setResolver', succeeded: true, info: 'second' });
    const { homes } = valueOf(await admin.get('/system/getRealms')) as Record<
      string,
      { useridresolver: string[] }
    >;
    expect(homes?.useridresolver).toEqual([specification('second')]);
    expect(valueOf(await admin.get('/system/getResolver', { resolver: 'first' }))).toMatchObject({
      type: null,
    });
    expect(await shown('RENAMED1')).toMatchObject({ 'LinOtp.IdResClass': specification('second') });
    expect(await logIn('user-first', 'homes')).toBe(true);
  });

  it('does not take the name of another one', async () => {
    await given('taken', ['takens'], 'TAKEN1');
    const form = { name: 'second', previous_name: 'taken', type: 'passwdresolver', fileName: '/nothing' };
    expect(messageOf(await admin.post('/system/setResolver', form))).toBe(
      "Cound not create resolver, resolver 'second' already exists!",
    );
    expect(await logIn('user-taken', 'takens')).toBe(true);
  });

  it('is not the local administrators’ one', async () => {
    const form = { name: 'operators', previous_name: 'LinOTP_local_admins', type: 'sqlresolver' };
    expect(messageOf(await admin.post('/system/setResolver', form))).toBe(
      'Readonly Resolver Change not allowed!',
    );
  });
});

describe('a realm that is removed', () => {
  it('is left by its tokens, which go on in their other realms', async () => {
    await given('kept', ['goes', 'stays'], 'REALMS1');
    await admin.post('/system/setDefaultRealm', { realm: 'goes' });
    expect(await shown('REALMS1')).toMatchObject({ 'LinOtp.RealmNames': ['goes'] });
    expect(valueOf(await admin.post('/system/delRealm', { realm: 'GOES' }))).toEqual({
      delRealm: { result: true },
    });
    expect(await lastRecord()).toEqual({ action: 'system/delRealm', succeeded: true, info: 'goes' });
    expect(await shown('REALMS1')).toMatchObject({ 'LinOtp.RealmNames': [] });
    expect(await logIn('user-kept', 'goes')).toBe(false);
    expect(await logIn('user-kept', 'stays')).toBe(true);
    // Nothing is the default any more: all realms are told.
    const realms = valueOf(await admin.get('/system/getDefaultRealm')) as object;
    expect(Object.keys(realms)).toContain('stays');
    expect(valueOf(await admin.post('/system/delRealm', { realm: 'goes' }))).toEqual({
      delRealm: { result: false },
    });
  });

  it('is not the administrators’', async () => {
    expect(messageOf(await admin.post('/system/delRealm', { realm: 'LinOTP_Admins' }))).toBe(
      'It is not allowed to delete the admin realm linotp_admins',
    );
  });
});

describe('a resolver that is removed', () => {
  it('is in no realm; tokens of its users stay, and nobody logs in with them', async () => {
    await given('gone', ['lasts'], 'ORPHAN1');
    expect(messageOf(await admin.post('/system/delResolver', { resolver: 'gone' }))).toContain(
      "Resolver 'gone'  still in use by the realms: ['lasts']",
    );
    await admin.post('/system/delRealm', { realm: 'lasts' });
    expect(valueOf(await admin.post('/system/delResolver', { resolver: 'gone' }))).toBe(true);
    expect(await lastRecord()).toEqual({ action: 'system/delResolver', succeeded: true, info: 'gone' });
    expect(valueOf(await admin.post('/system/delResolver', { resolver: 'gone' }))).toBe(false);
    expect(await shown('ORPHAN1')).toMatchObject({ 'LinOtp.Userid': '7' });
    expect(await logIn('user-gone', 'lasts')).toBe(false);
  });

  it('is not the local administrators’', async () => {
    expect(messageOf(await admin.post('/system/delResolver', { resolver: 'LinOTP_local_admins' }))).toBe(
      'default admin resolver LinOTP_local_admins is not allowed to be removed!',
    );
  });
});

describe('changes of several administrators at once', () => {
  it('are all made, one after the other, and each leaves its record', async () => {
    await given('shared', ['shares'], 'SHARED1');
    const fileName = join(server.installation.folder, 'passwd-shared');
    const change = (name: string, previous: string) =>
      admin.post('/system/setResolver', { name, previous_name: previous, type: 'passwdresolver', fileName });
    const answers = await Promise.all([
      change('shared', 'shared'),
      change('renamed', 'shared'),
      change('renamed2', 'shared'),
    ]);
    const renamed = answers.slice(1).map((answer) => valueOf(answer) === true);
    // Whoever came second found no resolver of that name any more.
    expect(renamed.filter(Boolean)).toHaveLength(1);
    expect(await logIn('user-shared', 'shares')).toBe(true);
  });
});
