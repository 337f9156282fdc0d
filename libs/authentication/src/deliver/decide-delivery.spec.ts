import type { Token } from '@app/tokens';

import { NOW, effectsOf, outcomeOf } from '../../../../test/support/domain/login-decisions.js';
import {
  givenEmailToken,
  givenHotpToken,
  givenSmsToken,
} from '../../../../test/support/domain/given-token.js';
import type { Verdict } from '../login.js';
import { type Delivered, decideDelivery, decideFollowUp } from './decide-delivery.js';

const SMS = givenSmsToken({ id: 1 });
const EMAIL = givenEmailToken({ id: 2 });
const HOTP = givenHotpToken({ id: 3 });
const TERMS = { smsSeconds: 300, wantsSms: false, enrolled: null };
const UNTIL = NOW.getTime() / 1000 + 300;

function delivered(token: Delivered['token'], place: number, changes: Partial<Delivered> = {}): Delivered {
  const challenge = {
    root: '123456789012',
    place,
    message: '',
    realm: '',
    seconds: 120,
    madeAt: NOW,
    limit: { most: 1, since: NOW },
    counter: 1n,
  };
  return { token, counter: 1n, challenge, isSent: true, isLost: false, text: '', reason: '', ...changes };
}

const refused = { isSent: false, text: 'sending sms failed', reason: 'HTTP status 500' };
const asked: Extract<Verdict, { kind: 'challenged' }> = {
  kind: 'challenged',
  transaction: '123456789012',
  challenges: [SMS, EMAIL, HOTP].map((token, place) => ({
    transaction: `123456789012.0${place + 1}`,
    message: '',
    token,
  })),
};
const smsAlone = { ...asked, challenges: asked.challenges.slice(0, 1) };

describe('decideDelivery', () => {
  it('opens what was sent; the OTP of an SMS is good from now on', () => {
    const decision = decideDelivery(
      [SMS, EMAIL],
      asked,
      [delivered(SMS, 1), delivered(EMAIL, 2)],
      TERMS,
      NOW,
    );
    expect(outcomeOf(decision)).toBe('challenged 123456789012');
    expect(effectsOf(decision)).toEqual(['deliver SMS1', 'remember SMS1', 'deliver EMAIL1']);
    expect(decision).toMatchObject({
      effects: [{ isSent: true }, { info: { until: UNTIL } }, { isSent: true }],
      facts: { succeeded: false, detail: 'challenge created', serial: 'SMS1 EMAIL1 OATH1' },
    });
  });

  it('leaves out what was not sent', () => {
    const deliveries = [delivered(SMS, 1, refused), delivered(EMAIL, 2)];
    const decision = decideDelivery([SMS, EMAIL], asked, deliveries, TERMS, NOW);
    expect(decision.verdict).toMatchObject({
      challenges: [{ transaction: '123456789012.02' }, { transaction: '123456789012.03' }],
    });
    expect(decision).toMatchObject({
      effects: [{ kind: 'deliver', isSent: false }, { isSent: true }],
      facts: { serial: 'EMAIL1 OATH1', info: `Failed for ['SMS1']; SMS1: HTTP status 500` },
    });
  });

  it.each([
    {
      what: 'was not sent',
      tokens: [SMS],
      delivery: delivered(SMS, 0, refused),
      detail: 'sending sms failed',
    },
    { what: 'is of a token that is gone', tokens: [], delivery: delivered(SMS, 0), detail: '' },
  ])(
    'refuses a login whose only message $what, and takes its challenge away',
    ({ tokens, delivery, detail }) => {
      const decision = decideDelivery(tokens, smsAlone, [delivery], TERMS, NOW);
      expect(outcomeOf(decision)).toBe('not-delivered');
      expect(decision).toMatchObject({ effects: [{ kind: 'deliver', isSent: false }], facts: { detail } });
      expect(decision.effects).toHaveLength(1);
    },
  );

  it.each([
    { what: 'was sent', changes: {}, tokens: [SMS], givesBack: false },
    { what: 'may have arrived', changes: refused, tokens: [SMS], givesBack: false },
    { what: 'reached nobody', changes: { ...refused, isLost: true }, tokens: [SMS], givesBack: true },
    {
      what: 'is of a token that is gone',
      changes: { ...refused, isLost: true },
      tokens: [],
      givesBack: false,
    },
  ])('lets a message that $what count or not: $givesBack', ({ changes, tokens, givesBack }) => {
    const decision = decideDelivery(tokens, smsAlone, [delivered(SMS, 0, changes)], TERMS, NOW);
    expect(decision.effects[0]).toMatchObject({ kind: 'deliver', givesBack });
  });

  it.each<[string, Partial<Token>, boolean]>([
    [
      'has another owner by now',
      { owner: { resolver: 'first', userId: '2', resolverType: 'passwd' } },
      false,
    ],
    ['sends to another number by now', { info: { phone: '50' } }, false],
    ['was disabled', { active: false }, false],
    ['was changed otherwise', { revision: SMS.revision + 1, description: 'new' }, true],
  ])('counts a message of a token that %s or not', (_title, changes, isGood) => {
    const now = { ...SMS, ...changes };
    const decision = decideDelivery([now], smsAlone, [delivered(SMS, 0)], TERMS, NOW);
    expect(outcomeOf(decision)).toBe(isGood ? 'challenged 123456789012' : 'not-delivered');
    expect(effectsOf(decision)).toEqual(isGood ? ['deliver SMS1', 'remember SMS1'] : ['deliver SMS1']);
    expect(decision.effects[0]).toMatchObject({ isSent: isGood });
    // Whoever changes it after this decision has it made again.
    if (isGood) expect(decision.effects[1]).toMatchObject({ token: now, recalled: {} });
  });

  it('goes on with the tokens as they are now', () => {
    const now = { ...SMS, counter: 7 };
    const { effects } = decideDelivery([now], smsAlone, [delivered(SMS, 0)], TERMS, NOW);
    expect(effects.map(({ token }) => token)).toEqual([now, now]);
  });

  it.each([
    ['goes again', SMS, SMS, true],
    ['stays where others were asked by it meanwhile', SMS, { ...SMS, counter: SMS.counter + 1 }, false],
    ['stays where somebody changed it', SMS, { ...SMS, revision: SMS.revision + 1 }, false],
    ['stays where it was there before', null, SMS, false],
    ['stays where another one was enrolled', EMAIL, SMS, false],
  ])('whose message is not sent, a token that was enrolled for it %s', (_title, enrolled, now, isRemoved) => {
    const failed = [delivered(SMS, 0, refused)];
    const decision = decideDelivery([now], smsAlone, failed, { ...TERMS, enrolled }, NOW);
    expect(effectsOf(decision)).toEqual(['deliver SMS1', ...(isRemoved ? ['remove SMS1'] : [])]);
    expect(decision.facts.info?.includes('SMS1 removed')).toBe(isRemoved);
    if (isRemoved) expect(decision.effects.at(-1)).toMatchObject({ counterBelow: SMS.counter + 1 });
  });

  it('leaves a token whose message was sent', () => {
    const terms = { ...TERMS, enrolled: SMS };
    const decision = decideDelivery([SMS], smsAlone, [delivered(SMS, 0)], terms, NOW);
    expect(effectsOf(decision)).toEqual(['deliver SMS1', 'remember SMS1']);
  });

  it('names all that failed', () => {
    const both = { ...asked, challenges: asked.challenges.slice(0, 2) };
    const deliveries = [delivered(SMS, 1, refused), delivered(EMAIL, 2, refused)];
    expect(decideDelivery([SMS, EMAIL], both, deliveries, TERMS, NOW).facts).toMatchObject({
      detail: `None of the available tokens triggered a challenge: ['SMS1', 'EMAIL1']`,
    });
  });

  it.each([
    { of: smsAlone, wantsSms: true, succeeded: true },
    { of: smsAlone, wantsSms: false, succeeded: false },
    { of: asked, wantsSms: true, succeeded: false },
  ])('succeeds where an SMS alone was wanted and sent: $succeeded', ({ of, wantsSms, succeeded }) => {
    const decision = decideDelivery([SMS], of, [delivered(SMS, 0)], { ...TERMS, wantsSms }, NOW);
    expect(decision.facts.succeeded).toBe(succeeded);
  });
});

describe('decideFollowUp', () => {
  it.each([
    { what: 'was sent', changes: {}, effects: ['remember SMS1'], detail: 'sms for the next login submitted' },
    { what: 'was not', changes: refused, effects: [], detail: 'sending sms failed' },
  ])('records a message that $what', ({ changes, effects, detail }) => {
    const delivery = delivered(SMS, 0, { ...changes, challenge: null });
    const decision = decideFollowUp([SMS], delivery, TERMS, NOW);
    expect(effectsOf(decision)).toEqual(effects);
    expect(decision.facts).toMatchObject({ succeeded: delivery.isSent, detail, serial: 'SMS1' });
  });
});
