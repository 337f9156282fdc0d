import { type Token, type TokenTypeId } from '@app/tokens';

import {
  ATTEMPT,
  NOW,
  annas,
  answersBy,
  decide,
  effectsOf,
  otp,
  outcomeOf,
} from '../../../../test/support/domain/login-decisions.js';
import { policiesOf } from '../../../../test/support/domain/policy-decisions.js';
import { type LoginQuestion, type LoginAttempt } from '../login.js';
import { decideLogin } from './decide-login.js';
import { asMade } from '../challenges/challenge.js';

const PIN_HERE = { 'remote.server': 'https://far.example', 'remote.local_checkpin': '1' };
const PIN_THERE = { ...PIN_HERE, 'remote.local_checkpin': '0' };
const CHALLENGED = { policies: policiesOf([{ scope: 'authentication', action: 'challenge_response=*' }]) };

const remote = (info: Token['info'] = PIN_HERE, changes: Partial<Token> = {}) =>
  token('remote', info, { id: 2, serial: 'REMOTE' as Token['serial'], ...changes });
const token = (type: TokenTypeId, info: Token['info'], changes: Partial<Token> = {}) =>
  annas({ type, info, hash: null, counter: 0, ...changes });

/** What is asked of servers, in the order in which it is. */
function asked(tokens: readonly Token[], changes: Partial<LoginAttempt>): readonly LoginQuestion[] {
  const questions: LoginQuestion[] = [];
  for (;;) {
    const known = answersBy((question) =>
      questions.some((one) => JSON.stringify(one) === JSON.stringify(question))
        ? { kind: 'rejected' }
        : undefined,
    );
    const decision = decideLogin(tokens, { ...ATTEMPT, ...changes }, NOW, known);
    if (!('question' in decision)) return questions;
    questions.push(decision.question);
  }
}

describe('a login with a token whose OTPs a server elsewhere knows', () => {
  it.each([
    ['right', PIN_HERE, 'pin1123456', 'accepted REMOTE', ['accept REMOTE → 1']],
    ['a wrong OTP', PIN_HERE, 'pin1000000', 'wrong-otp', ['count-failure REMOTE']],
    ['a wrong PIN', PIN_HERE, 'nope123456', 'wrong-pin', ['count-failure REMOTE']],
    ['the PIN alone', PIN_HERE, 'pin1', 'wrong-pin', ['count-failure REMOTE']],
    ['nobody there', PIN_HERE, 'pin1  away', 'elsewhere', []],
    ['right there', PIN_THERE, 'far 123456', 'accepted REMOTE', ['accept REMOTE → 1']],
    ['wrong there', PIN_THERE, 'pin1000000', 'wrong-pin', ['count-failure REMOTE']],
    ['a question that nobody may be asked', PIN_THERE, 'more', 'wrong-pin', ['count-failure REMOTE']],
    ['nobody there either', PIN_THERE, 'away', 'elsewhere', []],
  ])('%s', (_title, info, password, outcome, effects) => {
    const decision = decide([remote(info)], { password });
    expect([outcomeOf(decision), effectsOf(decision)]).toEqual([outcome, effects]);
  });

  it('asks it last, and not at all once another token accepts, whose failures it shares', () => {
    const tokens = [remote(PIN_THERE, { failures: 3 }), annas()];
    const decision = decide(tokens, { password: `pin1${otp(0)}` });
    expect(outcomeOf(decision)).toBe('accepted OATH1');
    expect(effectsOf(decision)).toEqual(['accept OATH1 → 1', 'reset-failures REMOTE']);
    expect(asked(tokens, { password: `pin1${otp(0)}` })).toEqual([]);
    expect(asked(tokens, { password: 'pin1000000' })).toHaveLength(1);
  });

  it.each<[string, Partial<Token>]>([
    ['disabled', { active: false }],
    ['locked', { failures: 10 }],
    ['expired', { validity: { from: null, until: new Date('2025-01-01T00:00:00Z') } }],
  ])('asks nobody for a token that is %s', (_title, changes) => {
    expect(asked([remote(PIN_THERE, changes)], { password: 'far 123456' })).toEqual([]);
  });

  it('asks anew about a token that was changed', () => {
    const [before] = asked([remote()], { password: 'pin1123456' });
    const [after] = asked([remote(PIN_HERE, { revision: 99 })], { password: 'pin1123456' });
    expect(before?.kind === 'server-check' && after?.kind === 'server-check').toBe(true);
    expect(before).not.toEqual(after);
  });

  it('keeps what the server asks with a challenge, and answers it there', () => {
    const decision = decide([remote(PIN_THERE)], { ...CHALLENGED, password: 'more' });
    expect(outcomeOf(decision)).toBe('challenged 12345678901234567');
    const [effect] = decision.effects.filter(({ kind }) => kind === 'challenge');
    const made = effect?.kind === 'challenge' ? effect.challenge : null;
    expect(made).toMatchObject({
      message: 'Remote Otp: ',
      data: { transactionid: 'their-1', message: 'And?' },
    });
    if (!made) throw new Error('no challenge');

    const challenge = { ...asMade(made, remote()), id: 7 };
    const transaction = { root: made.root, place: null };
    const answer = (password: string) =>
      decide([remote(PIN_THERE)], { ...CHALLENGED, password, transaction }, NOW, [challenge]);
    expect(effectsOf(answer('123456'))).toEqual(['accept REMOTE → 1', 'answer REMOTE']);
    expect(effectsOf(answer('000000'))).toEqual(['count-failure REMOTE', 'miss REMOTE']);
    expect(effectsOf(answer('away'))).toEqual([]);
    // The next question: the first one is answered.
    expect(effectsOf(answer('more'))).toEqual(['answer REMOTE', 'challenge REMOTE']);
    expect(answer('more').effects[0]).toMatchObject({ isAccepted: false });

    const told = asked([remote(PIN_THERE)], { ...CHALLENGED, password: '123456', transaction });
    // Without a challenge that is open there is nothing to be asked.
    expect(told).toEqual([]);
  });

  it('takes a value of a Yubikey once, whatever servers say', () => {
    const info = { 'yubico.tokenid': 'vvccccccdefg' };
    const value = `vvccccccdefg${'c'.repeat(28)}cccd`;
    const yubico = (counter: number) => token('yubico', info, { digits: 44, counter });
    const login = (counter: number) => decide([yubico(counter)], { password: `pin1${value}` });
    expect(effectsOf(login(0))).toEqual(['accept OATH1 → 516']);
    expect(outcomeOf(login(515))).toBe('accepted OATH1');
    expect(outcomeOf(login(516))).toBe('wrong-otp');
  });
});

describe('a login with a forward token', () => {
  const target = (changes: Partial<Token> = {}) =>
    annas({ id: 9, serial: 'TARGET' as Token['serial'], owner: null, pin: null, ...changes });
  const forward = (serial = 'TARGET', changes: Partial<Token> = {}) =>
    token('forward', { 'forward.serial': serial }, { serial: 'FORWARD' as Token['serial'], ...changes });
  const login = (password: string, to = target(), changes: Partial<LoginAttempt> = {}) =>
    decide([forward()], { password, ...changes }, NOW, [], [to]);
  const LEAVES = {
    policies: policiesOf([{ scope: 'authentication', action: 'forwardtoken:no_failcounter_forwarding' }]),
  };

  it.each<[string, string, Partial<LoginAttempt>, string, readonly string[]]>([
    ['right', `pin1${otp(3)}`, {}, 'accepted FORWARD', ['accept FORWARD → 4', 'accept TARGET → 4']],
    ['wrong', 'pin1000000', {}, 'wrong-otp', ['count-failure FORWARD', 'count-failure TARGET']],
    ['wrong, by policy', 'pin1000000', LEAVES, 'wrong-otp', ['count-failure FORWARD']],
    ['a wrong PIN', `nope${otp(0)}`, {}, 'wrong-pin', ['count-failure FORWARD', 'count-failure TARGET']],
  ])('%s', (_title, password, changes, outcome, effects) => {
    const decision = login(password, target(), changes);
    expect([outcomeOf(decision), effectsOf(decision)]).toEqual([outcome, effects]);
  });

  it('guards the counter of the target, and not its own', () => {
    const spent = login(`pin1${otp(0)}`).effects.flatMap((effect) =>
      'spends' in effect ? [[effect.token.serial, effect.spends.once, effect.token.type]] : [],
    );
    expect(spent).toEqual([
      ['FORWARD', false, 'forward'],
      ['TARGET', true, 'hotp'],
    ]);
  });

  it.each<[string, Partial<Token>, readonly string[]]>([
    ['disabled', { active: false }, []],
    ['locked', { failures: 10 }, ['count-failure TARGET']],
    ['a forward token', { type: 'forward' }, []],
    ['another one', { serial: 'OTHER' as Token['serial'] }, []],
  ])('lets nobody in where the target is %s', (_title, changes, effects) => {
    const decision = login(`pin1${otp(0)}`, target(changes));
    expect([outcomeOf(decision), effectsOf(decision)]).toEqual(['no-usable-token', effects]);
  });

  it.each<[string, Partial<Token>, string]>([
    ['still theirs', { owner: annas().owner }, 'accepted FORWARD'],
    [
      'somebody else’s',
      { owner: { resolver: 'first', userId: '2', resolverType: 'passwd' } },
      'no-usable-token',
    ],
    [
      'of another resolver',
      { owner: { resolver: 'second', userId: '1', resolverType: 'passwd' } },
      'no-usable-token',
    ],
    ['nobody’s', { owner: null }, 'no-usable-token'],
  ])('that its user enrolled takes the OTPs of a target that is %s: %j', (_title, changes, outcome) => {
    const own = forward('TARGET');
    const owns = { ...own, info: { ...own.info, 'forward.own': true } };
    const decision = decide([owns], { password: `pin1${otp(0)}` }, NOW, [], [target(changes)]);
    expect(outcomeOf(decision)).toBe(outcome);
  });

  it('is refused by policies as a forward token, with the value spent', () => {
    const policies = policiesOf([{ scope: 'authorization', action: 'tokentype=hmac' }]);
    const decision = login(`pin1${otp(0)}`, target(), { policies });
    expect([outcomeOf(decision), effectsOf(decision)]).toEqual([
      'not-authorized',
      ['spend FORWARD → 1', 'spend TARGET → 1'],
    ]);
    expect(decision.facts).toMatchObject({ serial: 'FORWARD', tokenType: 'forward' });
  });

  it('is asked by a challenge that names both', () => {
    const decision = login('pin1', target(), CHALLENGED);
    expect(effectsOf(decision)).toEqual(['challenge FORWARD', 'rely TARGET']);
    expect(decision.verdict).toMatchObject({
      challenges: [{ token: { serial: 'FORWARD', type: 'forward' }, target: { serial: 'TARGET' } }],
    });
  });

  it.each([
    ['its own PIN and the OTP of a server', PIN_HERE, 'pin1123456', 'accepted FORWARD'],
    ['its own PIN, whoever checks that of the target', PIN_THERE, 'pin1123456', 'accepted FORWARD'],
    ['not without its own PIN', PIN_THERE, 'far 123456', 'wrong-pin'],
    ['not by a question of the server', PIN_THERE, 'pin1  more', 'wrong-otp'],
    ['not while the server is away', PIN_HERE, 'pin1  away', 'elsewhere'],
  ])('takes %s', (_title, info, password, outcome) => {
    const to = remote(info, { id: 9, serial: 'TARGET' as Token['serial'], owner: null });
    expect(outcomeOf(login(password, to))).toBe(outcome);
  });

  it('counts one failure of a target that is the user’s own, too', () => {
    const own = target({ owner: annas().owner, pin: annas().pin });
    const decision = decide([forward(), own], { password: 'pin1000000' }, NOW, [], [own]);
    expect(effectsOf(decision)).toEqual(['count-failure FORWARD', 'count-failure TARGET']);
  });
});
