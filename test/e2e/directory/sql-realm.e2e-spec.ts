import { startApplication } from '../../support/application/application.js';
import { adminAgent } from '../../support/clients/admin-agent.js';
import { MAP, TABLES, givenPostgres } from './given-sql-people.js';

describe('a realm of users in PostgreSQL', () => {
  it('is defined over /system, and its users log in with PIN and OTP', async () => {
    const server = await givenPostgres();
    await server.run(...TABLES.slice(0, 2));
    const application = await startApplication();
    try {
      const admin = await adminAgent(application.url, application.installation);
      const definition = {
        name: 'people',
        type: 'sqlresolver',
        ...server.parameters,
        Password: server.password,
        Table: 'people',
        Map: JSON.stringify(MAP),
        Where: 'active = 1',
      };
      const value = (answer: { body: { result: { value: unknown } } }) => answer.body.result.value;

      const refused = await admin.post('/system/setResolver', {
        ...definition,
        Port: '1',
        Server: '127.0.0.1',
      });
      expect(refused.body.result.error.code).toBe(-311);
      expect(value(await admin.post('/system/setResolver', definition))).toBe(true);

      const shown = await admin.get('/system/getResolver', { resolver: 'people' });
      expect(value(shown)).toMatchObject({
        type: 'sqlresolver',
        data: { ...server.parameters, Password: '********', Limit: '1000', Encoding: 'utf-8' },
      });
      expect(shown.text).not.toContain(server.password);

      const resolvers = 'useridresolver.SQLIdResolver.IdResolver.people';
      expect(value(await admin.post('/system/setRealm', { realm: 'sql', resolvers }))).toBe(true);
      const token = {
        serial: 'SQL1',
        user: 'anna',
        realm: 'sql',
        otpkey: '3132333435363738393031323334353637383930',
        pin: 'pin-',
      };
      expect(value(await admin.post('/admin/init', token))).toBe(true);
      const check = (pass: string) => admin.post('/validate/check', { user: 'anna', realm: 'sql', pass });
      expect(value(await check('pin-755224'))).toBe(true);
      expect(value(await check('pin-755224'))).toBe(false);
      expect(value(await check('755224'))).toBe(false);

      const tested = await admin.get('/admin/testresolver', { name: 'people' });
      expect(value(tested)).toMatchObject({ result: true, desc: { rows: 8 } });
      const listed = await admin.get('/admin/userlist', { realm: 'sql', username: 'an*' });
      expect(JSON.parse(listed.text).result.value).toEqual([
        expect.objectContaining({ userid: 7, username: 'anna', surname: 'Arndt', department: 'Sales' }),
      ]);
      expect(listed.text).not.toContain('$1$');
    } finally {
      await application.stop();
      await server.remove();
    }
  });
});
