import { givenHotpToken } from '../../../../test/support/domain/given-token.js';
import { matchesPin } from '../pin.js';
import type { Token } from '../token.js';
import { EnrolmentDenied, RealmTokensExceeded, TokenDenied, UserTokensExceeded } from '../token.errors.js';
import { ImportRights } from './import-rights.js';
import type { TokenImport } from './import-tokens.js';
import { ImportDenied, NoTargetRealm } from './import.errors.js';
import {
  SEED,
  given,
  rightsIn,
  line,
  ownedBy,
  refused,
} from '../../../../test/support/domain/given-token-import.js';

describe('ImportTokens with policies', () => {
  describe('with policies', () => {
    const ANNA = ownedBy('A', 'anna');

    it.each<[string, readonly string[], string | null, readonly string[]]>([
      ['the first of the realms that are granted', ['staff', 'lab', 'gone'], null, ['lab']],
      ['the realm that is named', ['staff', 'lab'], 'staff', ['staff']],
    ])('puts tokens into %s', async (_what, granted, realm, expected) => {
      const { store, run } = given({ rights: rightsIn(granted) });
      await run(line('A'), { realm });
      expect(store.token('A').realms).toEqual(expected);
    });

    it.each<[string, ImportRights, string, Partial<TokenImport>, new (...parts: never[]) => Error]>([
      ['without the right', rightsIn([]), line('A'), {}, ImportDenied],
      ['into another realm', rightsIn(['lab']), line('A'), { realm: 'staff' }, ImportDenied],
      ['into a realm that there is not', ImportRights.ALL, line('A'), { realm: 'nosuch' }, NoTargetRealm],
      ['into realms that there are not', rightsIn(['nosuch']), line('A'), {}, NoTargetRealm],
      ['for somebody of another realm', rightsIn(['lab']), ANNA, {}, ImportDenied],
      [
        'for somebody of another realm, who is not there',
        rightsIn(['lab']),
        ownedBy('A', 'nobody'),
        {},
        ImportDenied,
      ],
      ['for somebody to whom nothing may be given', rightsIn(['staff'], ['lab']), ANNA, {}, TokenDenied],
      [
        'into another realm of a line',
        rightsIn(['lab']),
        line('A', '', '', '', '', '', 'staff'),
        {},
        ImportDenied,
      ],
      ['over a token of other realms', rightsIn(['lab']), line('OLD'), { overwrites: true }, EnrolmentDenied],
      ['over a token of no realm', rightsIn(['lab']), line('NONE'), { overwrites: true }, EnrolmentDenied],
    ])('imports nothing %s', async (_what, rights, text, wish, error) => {
      const tokens = [
        givenHotpToken({ serial: 'OLD', realms: ['lab', 'staff'] }),
        givenHotpToken({ serial: 'NONE' }),
      ];
      const setup = given({ rights, tokens });
      await expect(refused(setup, setup.run(text, wish))).rejects.toThrow(error);
    });

    it('asks for no user in realms that are not granted', async () => {
      const { run, asked } = given({ rights: rightsIn(['lab']) });
      await expect(run(ANNA)).rejects.toThrow(ImportDenied);
      expect(asked).toEqual([]);
    });

    it('makes PINs up where a policy says so, instead of any in the file', async () => {
      const { store, run } = given({ enrollment: ['otp_pin_random=6'] });
      await run(`serial,seed,pin\nA,${SEED},1234\nB,${SEED},`);
      expect(matchesPin(store.token('A').pin, '1234')).toBe(false);
      expect(matchesPin(store.token('B').pin, '')).toBe(false);
    });

    const three = [line('A'), line('B'), line('C')].join('\n');

    it.each<[string, string, Partial<TokenImport>, readonly Token[], boolean]>([
      ['more than a realm takes', 'tokencount=2', { realm: 'lab' }, [], false],
      [
        'more than are left',
        'tokencount=3',
        { realm: 'lab' },
        [givenHotpToken({ serial: 'OLD', realms: ['lab'] })],
        false,
      ],
      ['as many as it takes', 'tokencount=3', { realm: 'lab' }, [], true],
      ['more that are not active', 'tokencount=2', { realm: 'lab', active: false }, [], true],
      ['more, into no realm', 'tokencount=2', {}, [], true],
      [
        'a token that was there before',
        'tokencount=3',
        { realm: 'lab', overwrites: true },
        [givenHotpToken({ serial: 'A', realms: ['lab'] })],
        true,
      ],
      [
        'a token from elsewhere',
        'tokencount=2',
        { realm: 'lab', overwrites: true },
        [givenHotpToken({ serial: 'A', realms: ['staff'] })],
        false,
      ],
    ])('knows the limits of realms: %s', async (_what, policy, wish, tokens, isDone) => {
      const setup = given({ enrollment: [policy], tokens });
      if (isDone) await setup.run(three, wish);
      else await expect(refused(setup, setup.run(three, wish))).rejects.toThrow(RealmTokensExceeded);
      expect(setup.store.recorded).toHaveLength(isDone ? 1 : 0);
    });

    const OWNED = givenHotpToken({
      serial: 'OLD',
      owner: { resolver: 'first', userId: '1', resolverType: 'passwd' },
    });

    it.each<[string, string, readonly string[], readonly Token[], boolean]>([
      ['more than a user may have', 'maxtoken=1', [ANNA, ownedBy('B', 'anna')], [], false],
      ['more than are left', 'maxtoken=1', [ANNA], [OWNED], false],
      ['one for each', 'maxtoken=1', [ANNA, ownedBy('B', 'bert')], [], true],
      ['nobody’s', 'maxtoken=1', [line('A'), line('B')], [], true],
      ['too many of a type', 'maxtokenHMAC=1', [ANNA, ownedBy('B', 'anna')], [], false],
      ['one of each type', 'maxtokenHMAC=1', [ANNA, line('B', 'totp', '', '', '', 'anna')], [], true],
    ])('knows the limits of users: %s', async (_what, policy, lines, tokens, isDone) => {
      const setup = given({ enrollment: [policy], tokens });
      const text = lines.join('\n');
      if (isDone) await setup.run(text);
      else await expect(refused(setup, setup.run(text))).rejects.toThrow(UserTokensExceeded);
      expect(setup.store.recorded).toHaveLength(isDone ? 1 : 0);
    });
  });
});
