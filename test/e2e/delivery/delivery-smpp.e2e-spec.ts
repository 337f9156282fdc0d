import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Message } from '@app/realms';

import {
  type GivenProvider,
  IMPATIENT_MS,
  PATIENT_MS,
  givenDelivery,
} from '../../support/servers/given-delivery.js';
import { closedPort } from '../../support/servers/given-http-gateway.js';
import { type GivenMessageCentre, givenMessageCentre } from '../../support/servers/given-message-centre.js';
import { type GivenTcpServer, givenTcpServer } from '../../support/servers/given-tcp-server.js';

const PASSWORD = 'geheim08';

const sms = (text: string, to = '+49 170 123'): Message => ({ kind: 'sms', to, text });
const through = (
  provider: GivenProvider,
  message = sms('It is 287082'),
  budgetMs = PATIENT_MS,
  folder?: string,
) => givenDelivery({ gw: provider }, { folder }).send(message, budgetMs);
const SENT = { kind: 'sent', provider: 'gw', status: 'SMS submitted' };
const failed = (reason: string) => ({ kind: 'failed', provider: 'gw', text: 'sending sms failed', reason });

describe('delivery by SMPP', () => {
  let centre: GivenMessageCentre;
  let rough: GivenTcpServer;

  beforeAll(async () => {
    centre = await givenMessageCentre();
    rough = await givenTcpServer();
  });
  afterAll(async () => {
    await centre?.close();
    await rough?.close();
  });
  beforeEach(() => {
    centre.received.length = 0;
    centre.binds.length = 0;
    Object.assign(centre, { status: { bind: 0, submit: 0 }, isCurious: false, refusesAfter: null });
  });

  const smpp = (config: object = {}, port = centre.port): GivenProvider => ({
    type: 'sms',
    class: 'SMPPSMSProvider',
    config: {
      server: '127.0.0.1',
      port,
      system_id: 'twinlock',
      password: PASSWORD,
      system_type: 'mfa',
      source_addr: 'MFA',
      ...config,
    },
  });

  it('binds, and submits the text', async () => {
    await expect(through(smpp(), sms('naïve: 287082'))).resolves.toEqual(SENT);
    expect(centre.binds).toEqual([`twinlock ${PASSWORD} mfa`]);
    expect(centre.received).toEqual([
      {
        source: 'MFA',
        destination: '+49170123',
        destinationTon: 1,
        dataCoding: 3,
        text: 'naïve: 287082',
        part: null,
      },
    ]);
  });

  it.each([
    ['latin1', 'ä'.repeat(200), 3, 2],
    ['what Latin-1 has no letter for', `${'Привет '.repeat(12)}😀`, 8, 2],
    ['the configuration wants it', 'It is 287082', 8, 1],
  ])(
    'submits text in parts and in the encoding that it needs: %s',
    async (title, text, dataCoding, count) => {
      const config = title.includes('wants') ? { target_encoding: 'UTF-16-BE' } : {};
      await expect(through(smpp({ MSISDN: true, dest_addr_ton: 2, ...config }), sms(text))).resolves.toEqual(
        SENT,
      );
      expect(centre.received.map((one) => one.text).join('')).toBe(text);
      expect(centre.received).toHaveLength(count);
      for (const [index, one] of centre.received.entries()) {
        expect(one).toMatchObject({ dataCoding, destinationTon: 2, destination: '+49170123' });
        if (count > 1) expect(one.part).toMatch(new RegExp(`^\\d+:${count}:${index + 1}$`));
      }
    },
  );

  it('gives signs of life, and takes what is for others', async () => {
    centre.isCurious = true;
    await expect(through(smpp())).resolves.toEqual(SENT);
    expect(centre.aliveSigns).toBe(1);
  });

  it.each([
    ['bind', 0x0e, 'failed'],
    ['bind', 0x08, 'unavailable'],
    ['submit', 0x0b, 'failed'],
    ['submit', 0x58, 'unavailable'],
    ['submit', 0x14, 'unavailable'],
  ] as const)('takes a status of %s of %i for %s', async (step, status, kind) => {
    centre.status = { ...centre.status, [step]: status };
    const found = await through(smpp());
    const hex = `0x${status.toString(16).padStart(2, '0')}`;
    expect(found).toMatchObject({
      kind,
      reason: expect.stringContaining(`the message centre answered ${step} with status ${hex}`),
    });
    expect(JSON.stringify(found)).not.toMatch(/geheim|287082/);
  });

  it('may have arrived where a later part is refused', async () => {
    const long = sms('x'.repeat(200));
    centre.status = { ...centre.status, submit: 0x0b };
    await expect(through(smpp(), long)).resolves.not.toHaveProperty('mayHaveArrived');
    expect(centre.received).toHaveLength(1);
    centre.status = { ...centre.status, submit: 0 };
    centre.refusesAfter = 2;
    await expect(through(smpp(), long)).resolves.toMatchObject({ kind: 'failed', mayHaveArrived: true });
  });

  it.each([
    [{ server: '' }, 'server is missing'],
    [{ port: 'x' }, 'port must be a whole number up to 65535'],
    [{ target_encoding: 'klingon' }, 'target_encoding must be ISO8859-1 or UTF-16-BE'],
    [{ password: 'a\0b' }, 'password has up to 64 characters of Latin-1'],
    [{ dest_addr_npi: 256 }, 'dest_addr_npi must be a whole number up to 255'],
  ])('says of %j what is wrong', async (config, reason) => {
    await expect(through(smpp(config))).resolves.toEqual(failed(reason));
    expect(centre.binds).toEqual([]);
  });

  it('does not send what is too long, or to what is no number', async () => {
    await expect(through(smpp(), sms('x'.repeat(2_000)))).resolves.toEqual(failed('the text is too long'));
    await expect(through(smpp(), sms('x', '1'.repeat(21)))).resolves.toEqual(
      failed('the recipient is no telephone number'),
    );
    expect(centre.binds).toEqual([]);
  });

  const UNAVAILABLE = { kind: 'unavailable', text: "unable to connect to any SMSProvider ['gw']" };

  it.each<[string, GivenTcpServer['serve']]>([
    ['is silent', () => undefined],
    ['answers half of it', (socket) => void socket.write(Buffer.from('0000001180000009', 'hex'))],
  ])('is not available where the centre %s', async (_title, serve) => {
    rough.serve = serve;
    await expect(through(smpp({}, rough.port), sms('x'), IMPATIENT_MS)).resolves.toMatchObject(UNAVAILABLE);
    await expect(through({ ...smpp({}, rough.port), timeout: '20,0.1' })).resolves.toMatchObject({
      ...UNAVAILABLE,
      reason: 'gw: no answer in time (bind)',
    });
  });

  it.each<[string, GivenTcpServer['serve']]>([
    ['breaks off', (socket) => void socket.destroy()],
    ['answers half of it and breaks off', (socket) => void socket.end(Buffer.from('0000001180', 'hex'))],
    ['speaks another protocol', (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['says very much', (socket) => void socket.write(Buffer.from('7fffffff80000009', 'hex'))],
  ])('is not available where the centre %s', async (_title, serve) => {
    rough.serve = serve;
    await expect(through(smpp({}, rough.port))).resolves.toMatchObject(UNAVAILABLE);
  });

  it('is not available where nobody listens', async () => {
    await expect(through(smpp({}, await closedPort()))).resolves.toMatchObject({
      ...UNAVAILABLE,
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('SMS into a file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twinlock-sms-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const into = (file: string, message = sms('It is 287082')) =>
    through({ type: 'sms', class: 'FileSMSProvider', config: { file } }, message, PATIENT_MS, folder);

  it('are written into the folder sms of the data folder, over the one before', async () => {
    await into('last sms.txt', sms('a longer text, which must be gone afterwards'));
    await expect(into('last sms.txt')).resolves.toEqual(SENT);
    const file = join(folder, 'sms/last sms.txt');
    await expect(readFile(file, 'utf8')).resolves.toBe('+49 170 123:It is 287082');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'sms'))).mode & 0o777).toBe(0o700);
  });

  it.each(['/etc/cron.d/x', '../keyring.json', 'a/b', '.', '..', '.hidden', 'a\0b'])(
    'are not written to %j',
    async (file) => {
      await expect(into(file)).resolves.toEqual(
        failed('file must be a plain name: it lies in the folder sms of the data folder'),
      );
    },
  );

  it('are not written through a link', async () => {
    await into('first');
    const target = join(folder, 'keyring.json');
    await writeFile(target, 'precious');
    await symlink(target, join(folder, 'sms/link'));
    await expect(into('link')).resolves.toEqual(failed('file cannot be written'));
    await expect(readFile(target, 'utf8')).resolves.toBe('precious');
  });
});
