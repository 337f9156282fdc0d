import type { ServerResponse } from 'node:http';

import type pg from 'pg';

import { type AdminAgent, adminAgent } from '../../support/clients/admin-agent.js';
import { type GivenHttpGateway, OK, givenHttpGateway } from '../../support/servers/given-http-gateway.js';
import { type Installation, givenInstallation } from '../../support/application/installation.js';
import { hotpAt } from '../../support/clients/otp.js';
import { type RunningProcess, startProcess } from '../../support/application/process.js';
import { changed, enrol } from '../given-users.js';

const WITHIN_MS = 60_000;

/** Two servers, one of which ends while the gateway has its message and has not answered. */
describe('a server that ends between sending a message and saying so', () => {
  let installation: Installation;
  let nodes: RunningProcess[] = [];
  let admin: AdminAgent;
  let database: pg.Client;
  let gateway: GivenHttpGateway;

  beforeAll(async () => {
    [installation, gateway] = await Promise.all([givenInstallation(), givenHttpGateway()]);
    nodes = await Promise.all([startProcess(installation), startProcess(installation)]);
    database = await installation.database.connect();
    admin = await adminAgent(nodes[1]?.url ?? '', installation);
    await changed(admin, '/system/setProvider', {
      name: 'gateway',
      type: 'sms',
      class: 'HttpSMSProvider',
      timeout: '20',
      config: JSON.stringify({ URL: gateway.url }),
    });
    await enrol(admin, 'LOST', { type: 'sms', phone: '49', pin: 'pin' });
  }, WITHIN_MS);

  afterAll(async () => {
    await database?.end();
    await Promise.all(nodes.map((node) => node.stop()));
    await gateway?.close();
    await installation?.remove();
  }, WITHIN_MS);

  async function call(form: Record<string, string>, node: number) {
    const body = new URLSearchParams({ serial: 'LOST', ...form });
    const response = await fetch(`${nodes[node]?.url}/validate/check_s`, { method: 'POST', body });
    return (await response.json()) as {
      readonly result: { readonly status: boolean; readonly value: boolean };
      readonly detail?: { readonly transactionid: string; readonly message: string };
    };
  }
  const accepts = async (form: Record<string, string>) => (await call(form, 1)).result.value;

  it(
    'leaves nothing that lets anybody in, and keeps no other message back for long',
    async () => {
      const arrived = new Promise<ServerResponse>((resolve) => {
        gateway.answer = resolve;
      });
      const triggered = call({ pass: 'pin' }, 0).catch(() => 'no answer');
      const response = await arrived;
      const asked = await call({ pass: 'pin' }, 1);
      expect(asked.detail?.message).toBe('sms with otp already submitted');
      await nodes[0]?.kill();
      OK(response, gateway.received[0] as never);
      expect(await triggered).toBe('no answer');

      expect(gateway.received[0]?.body).toContain(hotpAt(1));
      const { rows } = await database.query('SELECT root, state FROM challenge');
      expect(rows).toEqual([{ root: asked.detail?.transactionid, state: 'unsent' }]);
      const { root } = rows[0];
      expect(await accepts({ pass: hotpAt(1), state: root })).toBe(false);
      expect(await accepts({ pass: `pin${hotpAt(1)}`, state: root })).toBe(false);
      expect(await accepts({ pass: `pin${hotpAt(1)}` })).toBe(false);

      // As if the time had passed that a message may take.
      await database.query(`UPDATE challenge SET created_at = created_at - interval '12 seconds'`);
      gateway.answer = OK;
      const { detail } = await call({ pass: 'pin' }, 1);
      expect(detail?.message).toBe('sms submitted');
      expect(gateway.received[1]?.body).toContain(hotpAt(2));
      expect(await accepts({ pass: hotpAt(1), state: detail?.transactionid ?? '' })).toBe(false);
      expect(await accepts({ pass: hotpAt(2), state: detail?.transactionid ?? '' })).toBe(true);
    },
    WITHIN_MS,
  );

  it('records both commits of a message that was sent, and the first one of a message that got lost', async () => {
    const { rows } = await database.query(
      `SELECT detail FROM audit_record WHERE serial = 'LOST' AND detail LIKE 'challenge %' ORDER BY number`,
    );
    expect(rows.map(({ detail }) => detail)).toEqual([
      'challenge is being sent',
      // By the other node, while it was.
      'challenge already submitted',
      'challenge is being sent',
      'challenge created',
    ]);
  });
});
