import { Secret, Unavailable } from '@app/kernel';
import { type ResolverDefinition } from '@app/realms';

import { Argon2Passwords } from '../../../src/directory/argon2-passwords.js';
import { DirectoryPasswords } from '../../../src/directory/passwords/directory-passwords.js';
import { SqlResolver } from '../../../src/directory/sql/sql-resolver.js';
import { HAS_MARIADB, type MariaDb, givenMariaDb } from '../../support/servers/mariadb.js';

(HAS_MARIADB ? describe : describe.skip)('a MariaDB that goes away', () => {
  let server: MariaDb;
  const adapter = new SqlResolver(new DirectoryPasswords(new Argon2Passwords()));
  beforeAll(async () => {
    server = await givenMariaDb();
    await server.run(
      'CREATE TABLE latin (id integer, login varchar(80) CHARACTER SET latin1)',
      `INSERT INTO latin VALUES (1, 'ähm')`,
    );
  });
  afterAll(async () => {
    await adapter.close();
    await server.remove();
  });
  const resolver = (): ResolverDefinition => ({
    name: 'away',
    type: 'sql',
    parameters: {
      Driver: 'mariadb',
      Server: server.host,
      Port: String(server.port),
      Database: server.database,
      User: server.user,
      Table: 'latin',
      Map: '{"userid": "id", "username": "login"}',
    },
    secrets: { Password: Secret.fromText(server.password) },
    readonly: false,
    revision: '1',
  });

  it('is unavailable as long, and answers when it is back', async () => {
    await expect(adapter.byLogin(resolver(), 'ähm')).resolves.toMatchObject({ userId: '1' });
    await server.stop();
    await expect(adapter.byLogin(resolver(), 'ähm')).rejects.toThrow(Unavailable);
    await expect(adapter.byLogin(resolver(), 'nobody')).rejects.toThrow(Unavailable);
    await server.start();
    await expect(adapter.byLogin(resolver(), 'ähm')).resolves.toMatchObject({ userId: '1' });
  });

  it('takes a login that its character set does not have for nobody’s', async () => {
    await expect(adapter.byLogin(resolver(), 'ähm 😀')).resolves.toBeNull();
  });

  it('is reached through its socket', async () => {
    const byServer = { ...resolver(), revision: '2', name: 'socket' };
    const parameters = { ...byServer.parameters, Server: server.socket, Port: '' };
    await expect(adapter.byLogin({ ...byServer, parameters }, 'ähm')).resolves.toMatchObject({ userId: '1' });
  });
});
