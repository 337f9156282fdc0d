import { CALLBACK, PairedServers, WITHIN_MS } from './paired-servers.js';

const YES = { status: true, value: true };
const NO = { status: true, value: false };

/** On two servers that share a PostgreSQL, with a push service behind TLS that asks for a certificate. */
describe('push tokens', () => {
  let paired: PairedServers;

  beforeAll(async () => {
    paired = await PairedServers.start();
  }, WITHIN_MS);
  beforeEach(() => paired.reset());
  afterAll(() => paired?.close(), WITHIN_MS);

  it('are activated where the phone accepts, and not where it rejects', async () => {
    const phone = await paired.push();
    await paired.pair(phone.pairing());
    const { answer, id } = await paired.ask({ serial: 'PUSH1', data: 'x' }, 1);
    expect(answer.detail).toEqual({
      transactionid: id,
      message: '',
      linotp_tokenserial: 'PUSH1',
      linotp_tokentype: 'push',
      linotp_tokendescription: '',
    });
    expect(paired.gateway.received).toMatchObject([
      { method: 'POST', certificate: 'twinlock', headers: { 'content-type': 'application/json' } },
    ]);
    const pushed = paired.pushed();
    expect(pushed).toMatchObject({ transactionId: id, gda: 'device-1' });
    const shown = phone.read(pushed.challenge);
    expect(shown).toMatchObject({
      contentType: 1,
      texts: ['PUSH1', CALLBACK],
      transaction: BigInt(`${id}00`),
    });
    expect((await paired.confirm('reject', id, shown.deny)).result).toEqual(YES);
    expect(await paired.stored('PUSH1')).toMatchObject({
      active: false,
      info: { state: 'pairing_challenge_sent' },
    });
    const next = await paired.ask({ serial: 'PUSH1', data: 'x' });
    const { accept } = phone.read(paired.pushed().challenge);
    expect((await paired.confirm('accept', next.id, accept, 1)).result).toEqual(YES);
    expect(await paired.stored('PUSH1')).toMatchObject({ active: true, info: { state: 'active' } });
  });

  it('accept, which whoever asked can see', async () => {
    const phone = await paired.pairedPush();
    const { id } = await paired.ask({ serial: 'PUSH1', data: 'Pay 10 EUR' });
    expect(await paired.status(id)).toMatchObject({ status: 'open', valid_tan: false });
    const shown = phone.read(paired.pushed().challenge);
    expect(shown).toMatchObject({ contentType: 0, texts: ['Pay 10 EUR', CALLBACK] });
    const answer = await paired.confirm('accept', id, shown.accept, 1);
    expect([answer.result, answer.id, answer.detail]).toEqual([YES, 1, undefined]);
    expect(await paired.status(id)).toMatchObject({
      status: 'closed',
      valid_tan: true,
      received_tan: true,
      received_count: 1,
      accept: true,
      token: { serial: 'PUSH1', type: 'push' },
    });
    expect(await paired.record('validate/accept_transaction')).toMatchObject({
      succeeded: true,
      serial: 'PUSH1',
      token_type: 'push',
      info: expect.stringContaining('accept transaction: True'),
    });
  });

  it('reject, which lets nobody in', async () => {
    const phone = await paired.pairedPush();
    const { id } = await paired.ask({ serial: 'PUSH1', data: 'x' });
    const { deny, accept } = phone.read(paired.pushed().challenge);
    expect((await paired.confirm('reject', id, deny)).result).toEqual(YES);
    const status = await paired.status(id);
    expect(status).toMatchObject({ status: 'closed', valid_tan: false, reject: true });
    expect(status).not.toHaveProperty('accept');
    expect(await paired.record('validate/reject_transaction')).toMatchObject({
      info: expect.stringContaining('reject transaction: True'),
    });
    expect((await paired.confirm('accept', id, accept)).result).toEqual(NO);
    expect(await paired.status(id)).toEqual(status);
  });

  it(
    'answer once, of fifty answers at once, on two servers',
    async () => {
      const phone = await paired.pairedPush();
      const { id } = await paired.ask({ serial: 'PUSH1', data: 'x' });
      const { accept, deny } = phone.read(paired.pushed().challenge);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, node) =>
          node % 2
            ? paired.confirm('accept', id, accept, node)
            : paired.confirm('reject', id, deny, node >> 1),
        ),
      );
      expect(answers.filter(({ result }) => result.value === true)).toHaveLength(1);
      // The others were as many wrong answers.
      await paired.servers.admin.post('/admin/reset', { serial: 'PUSH1' });
      const { accept: isAccepted, valid_tan: isValid, reject } = (await paired.status(id)) ?? {};
      expect(isAccepted === true).toBe(isValid);
      expect(reject === true).toBe(!isValid);
    },
    WITHIN_MS,
  );

  it('take no signature for another word, challenge or phone', async () => {
    const phone = await paired.pairedPush();
    const other = await paired.pairedPush('PUSH2', { user: 'bernd' });
    const first = await paired.ask({ serial: 'PUSH1', data: 'one' });
    const one = phone.read(paired.pushed().challenge);
    const second = await paired.ask({ serial: 'PUSH1', data: 'two' });
    const two = phone.read(paired.pushed().challenge);
    await paired.ask({ serial: 'PUSH2', data: 'three' });
    const three = other.read(paired.pushed().challenge);
    expect((await paired.confirm('reject', first.id, one.accept)).result).toEqual(NO);
    expect(await paired.status(first.id)).toMatchObject({ reject: false, status: 'open', valid_tan: false });
    expect((await paired.confirm('accept', first.id, one.deny)).result).toEqual(NO);
    expect((await paired.confirm('accept', first.id, two.accept)).result).toEqual(NO);
    expect((await paired.confirm('accept', first.id, three.accept)).result).toEqual(NO);
    expect(await paired.status(first.id)).toMatchObject({ accept: false, reject: false, received_count: 4 });
    expect(await paired.stored('PUSH1')).toMatchObject({ failures: 4 });
    // What was wrong before does not count against the right one.
    expect((await paired.confirm('accept', first.id, one.accept)).result).toEqual(YES);
    expect(await paired.status(first.id)).toMatchObject({ accept: true, valid_tan: true });
    // Unlike other types, an older or newer challenge stays as it is.
    expect(await paired.status(second.id)).toMatchObject({ status: 'open' });
    expect((await paired.confirm('accept', second.id, two.accept)).result).toEqual(YES);
  });

  it.each(['check', 'check_s', 'check_t'])('take nothing that is typed, at %s', async (path) => {
    const phone = await paired.pairedPush();
    const { id } = await paired.ask({ serial: 'PUSH1', data: 'x' });
    const { accept } = phone.read(paired.pushed().challenge);
    const form = { user: 'anna', serial: 'PUSH1', transactionid: id, pass: accept };
    expect((await paired.servers.call(path, form)).result.value).not.toBe(true);
    expect(await paired.record(`validate/${path}`)).toMatchObject({
      succeeded: false,
      info: expect.stringContaining('requires "accept" or "reject"'),
    });
  });

  it('answer nothing that is over, or was asked before they were disabled', async () => {
    const phone = await paired.pairedPush();
    const late = await paired.ask({ serial: 'PUSH1', data: 'x' });
    const { accept } = phone.read(paired.pushed().challenge);
    await paired.servers.admin.post('/admin/disable', { serial: 'PUSH1' });
    expect((await paired.confirm('accept', late.id, accept)).result).toEqual(NO);
    await paired.servers.admin.post('/admin/enable', { serial: 'PUSH1' });
    await paired.servers.database.query(`UPDATE challenge SET expires_at = now() - interval '1 second'`);
    expect((await paired.confirm('accept', late.id, accept)).result).toEqual(NO);
  });

  it('ask nothing where the push service refuses, is away or is not known', async () => {
    await paired.pairedPush();
    paired.gateway.answer = (response) => void response.writeHead(503).end();
    const refused = await paired.ask({ serial: 'PUSH1', data: 'x' });
    expect([refused.answer.result.value, refused.answer.detail]).toEqual([false, undefined]);
    expect(await paired.record('validate/check_s')).toMatchObject({
      succeeded: false,
      detail: 'push mechanism failed',
      info: expect.stringContaining('HTTP status 503'),
    });
    expect(await paired.servers.challengesOf('PUSH1')).not.toContain('open');
    await paired.reset(['authentication', 'push_provider=nobody']);
    await paired.pairedPush().catch(() => undefined);
    expect(paired.gateway.received).toEqual([]);
  });

  it('follow the address that the app told last', async () => {
    const phone = await paired.pairedPush();
    await paired.pair(phone.movedTo('device-2').pairing());
    await paired.ask({ serial: 'PUSH1', data: 'x' });
    expect(paired.pushed().gda).toBe('device-2');
  });

  it('say who logs in where', async () => {
    const phone = await paired.pairedPush();
    const { id } = await paired.ask({ serial: 'PUSH1', data: 'anna@vpn@example', content_type: '2' });
    const shown = phone.read(paired.pushed().challenge);
    expect(shown).toMatchObject({ contentType: 2, texts: ['anna', 'vpn@example', CALLBACK] });
    expect((await paired.confirm('accept', id, shown.accept)).result).toEqual(YES);
  });

  it('are asked with others, whose answer closes theirs', async () => {
    const phone = await paired.pairedPush();
    const qr = await paired.pairedQr('QR1');
    const { detail } = await paired.servers.call('check', { user: 'anna', pass: 'pin', data: 'x' });
    expect(detail).toMatchObject({ message: 'Multiple challenges submitted.' });
    const challenges = detail?.['challenges'] as Record<string, { transactionid: string; message: string }>;
    const { QR1, PUSH1 } = challenges;
    const shown = phone.read(paired.pushed().challenge);
    expect(paired.pushed().transactionId).toBe(PUSH1?.transactionid);
    expect(shown.transaction).toBe(BigInt((PUSH1?.transactionid ?? '').replace('.', '')));
    const { tan } = qr.read(QR1?.message ?? '');
    const root = detail?.transactionid ?? '';
    const form = { user: 'anna', pass: tan, transactionid: root };
    expect((await paired.servers.call('check', form)).result.value).toBe(true);
    expect((await paired.confirm('accept', root, shown.accept)).result).toEqual(NO);
  });

  it('keep a challenge that the phone was asked, whatever becomes of a login that was refused', async () => {
    const phone = await paired.pairedPush();
    const { id } = await paired.ask({ serial: 'PUSH1', data: 'x' });
    const { accept } = phone.read(paired.pushed().challenge);
    for (let guess = 0; guess < 6; guess++) {
      await paired.servers.call('check', { user: 'anna', pass: 'nip', data: 'x' });
    }
    expect((await paired.confirm('accept', id, accept)).result).toEqual(YES);
    expect(await paired.stored('PUSH1')).toMatchObject({ failures: 0 });
  });
});
