import type pg from 'pg';

import { type AdminAgent, type Fields, adminAgent } from '../../support/clients/admin-agent.js';
import { type RunningApplication, startApplication } from '../../support/application/application.js';
import { newestRecords } from '../../support/database/stored-text.js';

const START_WITHIN_MS = 60_000;

const KEYS = [
  'version=2',
  'comment=none',
  'issuer=Somebody',
  'licensee=Anybody & <sons>',
  'address=x',
  'contact-name=x',
  'contact-email=x@example.com',
  'contact-phone=1',
  'token-num=5',
  'date=2026-01-01',
  'expire=never',
];
const license = (lines: readonly string[]) =>
  [
    '-----BEGIN LICENSE-----',
    ...lines,
    '-----END LICENSE-----',
    '-----BEGIN LICENSE SIGNATURE-----',
    Buffer.alloc(64, 7).toString('base64'),
    '-----END LICENSE SIGNATURE-----',
    '',
  ].join('\n');

describe.each(['system', 'license'])('support, below /%s', (prefix) => {
  let running: RunningApplication;
  let admin: AdminAgent;
  let database: pg.Client;

  beforeAll(async () => {
    running = await startApplication();
    admin = await adminAgent(running.url, running.installation);
    database = await running.installation.database.connect();
  }, START_WITHIN_MS);

  afterAll(async () => {
    await database?.end();
    await running?.stop();
  });

  const setSupport = (form: Fields) => admin.post(`/${prefix}/setSupport`, form);

  it('is that of a product without a license', async () => {
    const info = await admin.get(`/${prefix}/getSupportInfo`);
    expect(info.body.result).toEqual({ status: true, value: {} });
    const validity = await admin.get(`/${prefix}/isSupportValid`);
    expect(validity.body.result).toEqual({
      status: false,
      error: { code: -311, message: 'Support not available, your product is unlicensed' },
    });
    const records = await newestRecords(database, 2);
    expect(records.map(({ action, succeeded, info: text }) => [action, succeeded, text])).toEqual([
      [`${prefix}/isSupportValid`, false, ''],
      [`${prefix}/getSupportInfo`, true, ''],
    ]);
  });

  it.each<[what: string, form: Fields, message: string]>([
    ['nothing', {}, "No key 'license' in the upload request"],
    ['any text', { license: 'hello' }, 'Format error - not a valid license file!'],
    ['too few keys', { license: license(KEYS.slice(2)) }, 'Format error - not a valid license file!'],
    [
      'keys that come twice',
      { license: license(Array(12).fill('a=b')) },
      'Format error - not a valid license file!',
    ],
    [
      'lines without a key',
      { license: license([...KEYS, 'nothing']) },
      'Format error - not a valid license file!',
    ],
    ['a license', { license: license(KEYS) }, 'signature could not be verified!'],
    [
      'one with Windows’ line ends',
      { license: license(KEYS).replaceAll('\n', '\r\n') },
      'signature could not be verified!',
    ],
  ])('takes %s for what it is', async (_what, form, message) => {
    const { body } = await setSupport(form);
    expect(body.result).toEqual({ status: false, error: { code: -311, message } });
    await expect(newestRecords(database, 1)).resolves.toMatchObject([
      { action: `${prefix}/setSupport`, succeeded: false, info: message },
    ]);
  });

  it('answers in XML where that is asked for', async () => {
    const { headers, text, status } = await setSupport({ license: license(KEYS), format: 'xml' });
    expect([status, headers['content-type']]).toEqual([200, 'text/xml; charset=utf-8']);
    expect(text).toContain('<code>-311</code>');
    expect(text).toContain('<message>signature could not be verified!</message>');
    await expect(newestRecords(database, 1)).resolves.toMatchObject([
      { action: `${prefix}/setSupport`, succeeded: false, info: 'signature could not be verified!' },
    ]);
  });

  it('needs a login', async () => {
    const response = await fetch(new URL(`/${prefix}/getSupportInfo`, running.url));
    expect(response.status).toBe(401);
  });
});

describe('the security module', () => {
  let running: RunningApplication;
  let admin: AdminAgent;

  beforeAll(async () => {
    running = await startApplication();
    admin = await adminAgent(running.url, running.installation);
  }, START_WITHIN_MS);
  afterAll(() => running?.stop());

  const setUp = async (form: Fields) => (await admin.post('/system/setupSecurityModule', form)).body.result;

  it('is the one that there is, and ready', async () => {
    const state = { activeSecurityModule: 'default', connected: true };
    await expect(setUp({})).resolves.toMatchObject({ value: { setupSecurityModule: state } });
    await expect(setUp({ hsm_id: 'default', password: 'x' })).resolves.toMatchObject({
      value: { setupSecurityModule: { ...state, result: true } },
    });
    await expect(setUp({ hsm_id: 'pkcs11' })).resolves.toMatchObject({
      error: {
        message: "current activeSecurityModule >'default'< could only be changed through the configuration!",
      },
    });
  });
});
