import { type Fields } from '../../support/clients/admin-agent.js';
import { FIRST, givenImports } from './given-imports.js';

describe('/admin/loadtokens with policies', () => {
  const { give, line, load, success, denial, tokens, logsIn } = givenImports();

  const right = { scope: 'admin', action: 'import, assign', realm: 'one' };

  it('puts tokens where the administrator may import', async () => {
    await give(right);
    expect(await load(`${line('A')}\n${line('B', '', '', '', '', 'anna')}`)).toEqual(success(2));
    expect(await tokens()).toMatchObject([{ realms: ['one'] }, { realms: ['one'], owner: '1' }]);
  });

  it.each<[string, string, Fields, number, string]>([
    [
      'into another realm',
      line('A'),
      { realm: 'two' },
      410,
      "ERR410: You do not have the administrative right to import token files to realm 'two'. Check the policies.",
    ],
    [
      'to somebody of another realm',
      line('A', '', '', '', '', 'dora', 'two'),
      {},
      410,
      "ERR410: You do not have the administrative right to import token files to realm 'two'. Check the policies.",
    ],
    [
      'to nobody of another realm',
      line('A', '', '', '', '', 'nobody', 'two'),
      {},
      410,
      "ERR410: You do not have the administrative right to import token files to realm 'two'. Check the policies.",
    ],
  ])('imports nothing %s', async (_what, text, form, code, message) => {
    await give(right);
    expect(await load(text, form)).toEqual(denial(code, message));
    expect(await tokens()).toEqual([]);
  });

  it('gives tokens to nobody without the right to assign them', async () => {
    await give({ ...right, action: 'import' });
    expect(await load(line('A', '', '', '', '', 'anna'))).toEqual(
      denial(410, 'ERR410: You do not have the administrative right to assign token A. Check the policies.'),
    );
    expect(await load(line('A'))).toEqual(success(1));
  });

  it('does not overwrite tokens of other realms', async () => {
    await load(line('A'), { realm: 'two' });
    await give(right);
    const before = await tokens();
    expect(await load(line('A'), { overwrite: 'true' })).toEqual(
      denial(410, 'ERR410: You do not have the administrative right to init token A of type hmac.'),
    );
    expect(await tokens()).toEqual(before);
  });

  it('knows how many tokens a realm takes, and how many a user', async () => {
    await give({ scope: 'enrollment', action: 'tokencount=2', realm: 'one' });
    expect(await load(`${line('A')}\n${line('B')}\n${line('C')}`, { realm: 'one' })).toEqual(
      denial(
        413,
        "ERR413: The maximum number of allowed tokens in realm 'one' is exceeded. Check policy tokencount!",
      ),
    );
    await give({ scope: 'enrollment', action: 'maxtoken=1', realm: 'one' });
    const owned = (serial: string, user: string) => line(serial, '', '', '', '', user);
    expect(await load(`${owned('A', 'anna')}\n${owned('B', 'anna')}`)).toEqual(
      denial(
        411,
        'ERR411: The maximum number of allowed tokens per user is exceeded. Check the policies scope=enrollment, action=maxtoken',
      ),
    );
    expect(await tokens()).toEqual([]);
    expect(await load(`${owned('A', 'anna')}\n${owned('B', 'bert')}`)).toEqual(success(2));
  });

  it('sets PINs that nobody knows where a policy says so', async () => {
    await give({ scope: 'enrollment', action: 'otp_pin_random=8' });
    expect(await load(line('A', '', '', '', '', 'anna'))).toEqual(success(1));
    expect(await logsIn({ user: 'anna', pass: FIRST ?? '' })).toBe(false);
  });
});
