import { changed } from '../../../faults/given-users.js';
import type { Fields } from '../../../support/clients/admin-agent.js';
import { auditSigner, giveRecords, loginRecord } from '../../../support/audit/given-records.js';
import { RFC_KEY_HEX } from '../../../support/clients/otp.js';
import { type UserAgent, anonymousAgent } from '../../../support/clients/user-agent.js';
import { SelfServiceScene, errorOf } from '../scene.js';

interface History {
  readonly page: unknown;
  readonly total: number;
  readonly rows: readonly { readonly id: number; readonly cell: readonly string[] }[];
}

const OWN = 7;

describe('what users see of the audit trail', () => {
  let scene: SelfServiceScene;
  let anna: UserAgent;

  beforeAll(async () => {
    scene = await SelfServiceScene.start();
    await scene.begin('history');
    anna = await scene.as('anna');
    const mine = (place: number, more = {}) =>
      loginRecord({
        at: new Date(Date.UTC(2020, 0, 1 + place)),
        user: 'anna',
        realm: 'staff',
        serial: `H${place}`,
        detail: `login ${place}`,
        ...more,
      });
    await giveRecords(scene.database, await auditSigner(scene.installation), [
      ...Array.from({ length: OWN - 1 }, (_, place) => mine(place)),
      mine(6, { detail: '<script>"&', succeeded: false, administrator: 'admin@linotp_admins', info: 'why' }),
      // Others’, or of another realm besides.
      ...['bernd', 'ANNA', 'anna bernd', 'ann', 'annax', ''].map((user) => mine(7, { user, serial: 'HIS' })),
      ...['other', 'staff other', ''].map((realm) => mine(7, { realm, serial: 'ELSEWHERE' })),
    ]);
  }, 120_000);

  afterAll(() => scene?.stop());

  beforeEach(() => scene.allow('history'));

  async function history(query: Fields = {}): Promise<History> {
    const answer = await anna.get('/userservice/history', query);
    expect(answer.status).toBe(200);
    return JSON.parse(answer.text) as History;
  }
  /** Those of 2020, which were given. */
  const given = (query: Fields = {}) => history({ qtype: 'date', query: '2020%', ...query });
  const serials = ({ rows }: History) => rows.map(({ cell }) => cell[3]);

  it('is theirs alone, a page without an envelope', async () => {
    const answer = await anna.get('/userservice/history', { qtype: 'date', query: '2020%' });
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    // Browsers take it for a page: nothing in it is a tag.
    expect(answer.text).not.toMatch(/[<>&]/);
    const { page, total, rows } = JSON.parse(answer.text) as History;
    expect({ page, total }).toEqual({ page: 1, total: OWN });
    expect(rows.map(({ cell }) => cell[3])).toEqual(Array.from({ length: OWN }, (_, place) => `H${place}`));
    expect(rows[6]).toEqual({
      id: expect.any(Number),
      cell: [
        '2020-01-07T00:00:00.000+00:00',
        'validate/check',
        '0',
        'H6',
        'HMAC',
        'admin@linotp_admins',
        '<script>"&',
        'why',
      ],
    });
  });

  it('comes in pages, whose number is echoed as it came', async () => {
    expect(await given({ page: '2', rp: '3' })).toMatchObject({ page: '2', total: OWN });
    expect(serials(await given({ page: '2', rp: '3' }))).toEqual(['H3', 'H4', 'H5']);
    expect(serials(await given({ page: '9', rp: '3' }))).toEqual([]);
    const answer = await anna.post('/userservice/history', { page: 1, rp: 2 });
    expect(JSON.parse(answer.text)).toMatchObject({ page: 1, rows: [{}, {}] });
  });

  it.each<[Fields, readonly string[]]>([
    [{ sortname: 'serial', sortorder: 'desc', rp: '2' }, ['H6', 'H5']],
    [{ sortname: 'date', sortorder: 'asc', rp: '2' }, ['H0', 'H1']],
    [{ sortname: 'number', sortorder: 'desc', rp: '1' }, ['H6']],
    [{ sortname: 'success', rp: '1' }, ['H6']],
    [{ sortname: 'nosuch', rp: '1' }, ['H0']],
    [{ qtype: 'serial', query: 'H3' }, ['H3']],
    [{ qtype: 'action_detail', query: 'login %' }, ['H0', 'H1', 'H2', 'H3', 'H4', 'H5']],
    [{ qtype: 'extsearch', query: 'date=2020%;serial=H1' }, ['H1']],
    [{ qtype: 'extsearch', query: 'success=0;date=2020%' }, ['H6']],
  ])('is sorted and searched: %j', async (query, expected) => {
    expect(serials(await given(query))).toEqual(expected);
  });

  it.each<[Fields, number]>([
    [{ qtype: 'user', query: 'bernd' }, 0],
    [{ qtype: 'extsearch', query: 'user=%;date=2020%' }, OWN],
    [{ qtype: 'realm', query: 'other' }, 0],
    [{ qtype: 'extsearch', query: 'user=bernd;realm=staff' }, 0],
    [{ or: 'true' }, OWN],
    [{ or: 'true', qtype: 'extsearch', query: 'user=bernd;serial=HIS' }, 0],
    [{ user: 'bernd', realm: 'other' }, OWN],
    [{ outform: 'csv' }, OWN],
  ])('is no other user’s, whatever is asked for: %j', async (query, count) => {
    const { rows } = await given(query);
    expect(rows).toHaveLength(count);
    for (const { cell } of rows) expect(cell[3]).toMatch(/^H\d$/);
  });

  it('tells what administrators did to their tokens, and users themselves', async () => {
    await changed(scene.admin, '/admin/init', { serial: 'NEW', otpkey: RFC_KEY_HEX, user: 'anna' });
    await scene.database.query(`UPDATE token SET realms = '{other,staff}' WHERE serial = 'NEW'`);
    await scene.allow('history, disable');
    await anna.post('/userservice/disable', { serial: 'NEW' });
    const { rows } = await history({ qtype: 'serial', query: 'NEW' });
    expect(rows.map(({ cell }) => cell[1])).toEqual(['admin/init', 'userservice/disable']);
    const { rows: own } = await history({ qtype: 'action', query: 'userservice/history' });
    expect(own.length).toBeGreaterThan(0);
  });

  it('needs its right, and a session', async () => {
    await scene.allow('*, !history');
    expect(await errorOf(anna.get('/userservice/history'))).toEqual({
      code: 410,
      message: 'ERR410: The policy settings do not allow you to issue this request!',
      id: 1,
    });
    const stranger = anonymousAgent(scene.nodes[0]?.url ?? '');
    expect((await stranger.get('/userservice/history')).status).toBe(401);
  });
});
