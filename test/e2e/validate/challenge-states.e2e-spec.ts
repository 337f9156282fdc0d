import { enrol } from '../../faults/given-users.js';
import { type Fields } from '../../support/clients/admin-agent.js';
import { hotpAt } from '../../support/clients/otp.js';
import { givePolicies } from '../../support/domain/given-policies.js';
import { PROMPT, givenAskingServers } from './given-asking-servers.js';

/** Through HTTP, on two servers that share a PostgreSQL. */
describe('how challenges stand', () => {
  const scene = givenAskingServers();
  const { call, accepts, trigger, failuresOf, newest, expire } = scene;

  describe('tell at check_status how they stand', () => {
    let state: string;

    beforeEach(async () => {
      await scene.admin.post('/admin/remove', { serial: 'POLL' });
      await enrol(scene.admin, 'POLL', { user: 'frida', pin: 'fpin' });
      state = await trigger('frida', 'fpin');
    });

    const poll = (form: Fields, node = 0) => call('check_status', { state, ...form }, node);

    it('to whoever knows the PIN', async () => {
      const open = {
        received_count: 0,
        received_tan: false,
        valid_tan: false,
        message: PROMPT,
        status: 'open',
        token: { serial: 'POLL', type: 'HMAC' },
      };
      expect(await poll({ pass: 'fpin' }, 1)).toMatchObject({
        result: { status: true, value: true },
        id: 0,
        detail: { transactions: { [state]: open } },
      });
      await accepts('check', { user: 'frida', pass: '000000', state });
      expect(await poll({ user: 'frida', pass: 'fpin' })).toMatchObject({
        detail: { transactions: { [state]: { ...open, received_count: 1, received_tan: true } } },
      });
      await accepts('check', { user: 'frida', pass: hotpAt(0), state });
      const closed = { received_count: 2, received_tan: true, valid_tan: true, status: 'closed' };
      expect(await poll({ pass: 'fpin' })).toMatchObject({ detail: { transactions: { [state]: closed } } });
      // A stranger's failure does not take it back.
      await accepts('check', { user: 'frida', pass: 'wrong' });
      await accepts('check', { user: 'frida', pass: '000000', state });
      expect(await poll({ pass: 'fpin' })).toMatchObject({ detail: { transactions: { [state]: closed } } });
    });

    it.each<[string, Fields]>([
      ['a wrong PIN', { pass: 'wrong' }],
      ['another user', { user: 'anna', pass: 'fpin' }],
      ['a user whom there is not', { user: 'nosuch', pass: 'fpin' }],
      ['another token', { serial: 'ANNA', pass: 'fpin' }],
      ['an unknown transaction', { state: '999999999999', pass: 'fpin' }],
      ['no transaction', { state: '', pass: 'fpin' }],
    ])('but nothing with %s', async (what, form) => {
      const { result, detail } = await poll(form);
      expect([result, detail]).toEqual([{ status: true, value: false }, undefined]);
      expect(await failuresOf('POLL')).toBe(what === 'a wrong PIN' ? 1 : 0);
    });

    it('until it expires', async () => {
      await expire(state);
      expect((await poll({ pass: 'fpin' })).result.value).toBe(false);
    });

    it('as long as it is not guessed at: a locked token shows nothing', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, turn) => poll({ pass: 'wrong' }, turn)));
      expect(await failuresOf('POLL')).toBeGreaterThanOrEqual(10);
      expect((await poll({ pass: 'fpin' })).result.value).toBe(false);
    });
  });

  describe('are shown to administrators', () => {
    const checkstatus = async (query: Fields) => {
      const { body } = await scene.admin.get('/admin/checkstatus', query);
      expect(body.result.error).toBeUndefined();
      return body.result.value.values as Record<string, { challenges: object; tokeninfo: { token: object } }>;
    };
    const shown = async (query: Fields) =>
      Object.fromEntries(
        Object.entries(await checkstatus(query)).map(([serial, { challenges }]) => [
          serial,
          Object.keys(challenges),
        ]),
      );

    it('by transaction, token and user, with what can be known of the token', async () => {
      await scene.admin.post('/admin/remove', { serial: 'POLL' });
      await enrol(scene.admin, 'POLL', { user: 'frida', pin: 'fpin' });
      const [closed, open] = [await trigger('frida', 'fpin'), await trigger('frida', 'fpin')];
      await scene.database.query(`UPDATE challenge SET state = 'closed' WHERE root = $1`, [closed]);
      expect(await checkstatus({ transactionid: open })).toEqual({
        POLL: {
          challenges: {
            [open]: {
              id: expect.any(Number),
              transid: open,
              challenge: PROMPT,
              tokenserial: 'POLL',
              data: {
                serial: 'POLL',
                date: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/),
              },
              timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
              received_tan: false,
              valid_tan: false,
              session: { status: 'open' },
            },
          },
          tokeninfo: expect.objectContaining({
            type: 'HMAC',
            token: expect.objectContaining({ 'LinOtp.TokenSerialnumber': 'POLL' }),
          }),
        },
      });
      expect(await shown({ state: closed })).toEqual({});
      expect(await shown({ transactionid: closed, open: 'true' })).toEqual({ POLL: [closed] });
      expect(await shown({ serial: 'POLL' })).toEqual({ POLL: [open] });
      expect(await shown({ serial: 'POLL', open: 'true' })).toEqual({ POLL: [closed, open] });
      expect(await shown({ user: 'frida', open: 'true' })).toEqual({ POLL: [open] });
      expect(await shown({ user: 'anna', serial: 'POLL' })).toMatchObject({ POLL: [open] });
      expect(await shown({ transactionid: open.slice(0, 9) })).toEqual({});
      expect(await newest()).toMatchObject({ action: 'admin/checkstatus', succeeded: true });
    });

    it('who have a right in a realm of the token', async () => {
      const state = await trigger('frida', 'fpin');
      const challenging = { scope: 'authentication', action: 'challenge_response=hmac totp motp pw' };
      for (const [realm, found] of [
        ['staff', { POLL: [state] }],
        ['other', {}],
      ] as const) {
        await givePolicies(scene.database, [challenging, { scope: 'admin', action: 'checkstatus', realm }]);
        expect(await shown({ transactionid: state })).toEqual(found);
      }
      await givePolicies(scene.database, [challenging, { scope: 'admin', action: 'show' }]);
      const { body } = await scene.admin.get('/admin/checkstatus', { transactionid: state });
      expect(body.result.error.code).toBe(410);
      await givePolicies(scene.database, [challenging]);
    });
  });
});
