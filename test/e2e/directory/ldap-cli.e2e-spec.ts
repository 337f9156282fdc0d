import { Readable, Writable } from 'node:stream';

import { Console } from '../../../src/cli/console.js';
import { runCommandLine } from '../../../src/cli/run.js';
import { BASE, HAS_SLAPD, READER, type Slapd, givenSlapd, personEntry } from '../../support/servers/slapd.js';

const ldapSuite = HAS_SLAPD ? describe : describe.skip;

ldapSuite('twinlock ldap-test, with slapd', () => {
  let slapd: Slapd;
  beforeAll(async () => {
    slapd = await givenSlapd({ ldif: personEntry('uid=anna', { uid: 'anna' }) });
  });
  afterAll(() => slapd.remove());

  /** As a process would, without being one. */
  const run = async (args: readonly string[], stdin = '') => {
    const texts = { out: '', err: '' };
    const stream = (name: keyof typeof texts) =>
      new Writable({
        write: (chunk, _encoding, done) => {
          texts[name] += String(chunk);
          done();
        },
      });
    const console = new Console({
      stdin: Readable.from([stdin]),
      stdout: stream('out'),
      stderr: stream('err'),
    });
    const before = process.exitCode;
    process.exitCode = undefined;
    try {
      await runCommandLine(['ldap-test', '-u', slapd.uri, '-b', BASE, ...args], console, {});
      return { ...texts, code: process.exitCode ?? 0 };
    } finally {
      process.exitCode = before;
    }
  };

  it('lists users', async () => {
    const { out, code } = await run(['-d', READER.dn], `${READER.password}\n`);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      `Trying to connect to '${slapd.uri}'.`,
      "Status: 'success'",
      'Result:',
      `userid : uid=anna,ou=people,${BASE}`,
      '',
    ]);
  });

  it.each([
    ['the password is wrong', ['-d', READER.dn], 'not-the-password\n', 'InvalidCredentialsError'],
    ['TLS is demanded and not there', ['-e'], '', 'refuses StartTLS'],
    ['a filter is none', ['--searchfilter', '(uid=*'], '', 'LDAPSEARCHFILTER is no filter'],
  ])('ends with 1 when %s', async (_title, args, stdin, reason) => {
    const { out, code } = await run(args, stdin);
    expect(code).toBe(1);
    expect(out).toContain("Status: 'error'\nResult:\n");
    expect(out).toContain(reason);
    expect(out).not.toContain('not-the-password');
  });

  it('ends with 1 when the password is empty', async () => {
    await expect(run(['-d', READER.dn], '\n')).resolves.toMatchObject({ code: 1, out: '' });
  });
});
