import { Invalid, Secret } from '@app/kernel';
import type { Message, ProviderDefinition, SettingEntry } from '@app/realms';

import { DeliveryObserver } from './delivery-observer.js';
import { NotReached, ServerAway } from '../outbound/server-away.js';
import type { Attempt, Outcome } from './provider-adapter.js';
import { ProviderGateway } from './provider-gateway.js';

const SMS: Message = { kind: 'sms', to: '+49170123', text: '287082' };
const SENT: Outcome = { kind: 'sent', status: 'on its way' };
const PATIENT_MS = 60_000;

type Behaviour = (attempt: Attempt<never>) => Promise<Outcome>;

const well: Behaviour = () => Promise.resolve(SENT);
const away: Behaviour = () => Promise.reject(new ServerAway('connection refused'));
const unreached: Behaviour = () => Promise.reject(new NotReached('no connection'));
/** Until its time is over, as sockets do. */
const silent: Behaviour = ({ signal }) =>
  new Promise((_done, reject) => {
    signal.addEventListener('abort', () => reject(new ServerAway('aborted')));
  });

/** SMS providers that do what a test says, and a clock. */
function given(behaviour: Record<string, Behaviour>, budgetMs = PATIENT_MS) {
  const asked: string[] = [];
  const heard: string[] = [];
  const clock = { now: 0 };
  const snapshot = {
    providers: Object.keys(behaviour).map((name) => definition(name)),
    entries: new Map<string, SettingEntry>(),
  };
  class Hearing extends DeliveryObserver {
    providerAway(_kind: string, provider: string): void {
      heard.push(`${provider} away`);
    }
    providerBack(_kind: string, provider: string): void {
      heard.push(`${provider} back`);
    }
  }
  const adapter = {
    send: (attempt: Attempt<never>) => {
      const name = attempt.settings.text('URL');
      asked.push(name);
      return behaviour[name]?.(attempt) ?? Promise.reject(new Error('no such provider'));
    },
  };
  const gateway = new ProviderGateway(
    { current: () => snapshot as never },
    { sms: { HttpSMSProvider: adapter }, email: {}, voice: {}, push: {} },
    { budgetMs, observer: new Hearing(), now: () => clock.now },
  );
  const send = (...providers: string[]) => gateway.send({ message: SMS, providers });
  return { asked, heard, clock, snapshot, gateway, behaviour, send };
}

function definition(name: string, more: Partial<ProviderDefinition> = {}): ProviderDefinition {
  return {
    type: 'sms',
    name,
    className: 'smsprovider.HttpSMSProvider',
    timeout: '5',
    config: Secret.fromText(JSON.stringify({ URL: name })),
    managedHash: null,
    ...more,
  };
}

describe('messages through several providers', () => {
  it('take the first that can be reached', async () => {
    const { send, asked } = given({ a: away, b: well, c: well });
    await expect(send('a', 'b', 'c')).resolves.toEqual({ kind: 'sent', provider: 'b', status: 'on its way' });
    expect(asked).toEqual(['a', 'b']);
  });

  it('end where one refuses them', async () => {
    const refused: Outcome = { kind: 'refused', text: 'sending sms failed', reason: 'status 500' };
    const { send, asked } = given({ a: () => Promise.resolve(refused), b: well });
    const { kind: _kind, ...texts } = refused;
    await expect(send('a', 'b')).resolves.toEqual({ kind: 'failed', provider: 'a', ...texts });
    expect(asked).toEqual(['a']);
  });

  it('may have arrived where it says so, or something unexpected happened', async () => {
    const doubtful: Outcome = { kind: 'refused', text: 't', reason: 'r', mayHaveArrived: true };
    const { send } = given({
      a: () => Promise.resolve(doubtful),
      b: () => Promise.reject(new Error('?')),
      c: () => Promise.reject(new Invalid('URL', 'URL is missing')),
    });
    await expect(send('a')).resolves.toMatchObject({ kind: 'failed', mayHaveArrived: true });
    await expect(send('b')).resolves.toMatchObject({ kind: 'failed', mayHaveArrived: true });
    await expect(send('c')).resolves.not.toHaveProperty('mayHaveArrived');
  });

  it('pass one over for 30 seconds that could not be reached, and for twice as long each time', async () => {
    const { send, asked, clock } = given({ a: away, b: well });
    for (const [seconds, expected] of [
      [0, ['a', 'b']],
      [29, ['b']],
      [31, ['a', 'b']],
      [90, ['b']],
      [92, ['a', 'b']],
    ] as const) {
      clock.now = seconds * 1000;
      asked.length = 0;
      await send('a', 'b');
      expect(asked).toEqual(expected);
    }
  });

  it('say who was asked when none can be reached', async () => {
    const { send } = given({ a: away, b: away });
    await expect(send('a', 'b')).resolves.toEqual({
      kind: 'unavailable',
      text: "unable to connect to any SMSProvider ['a', 'b']",
      reason: 'a: connection refused; b: connection refused',
    });
  });

  it.each<[string, readonly string[], boolean]>([
    ['no connection', ['unreached'], true],
    ['no answer', ['away'], false],
    ['an answer of one of them', ['unreached', 'away', 'unreached'], false],
    ['nobody defined', ['gone'], true],
  ])('have reached nobody where there was %s or have', async (_what, names, reachedNobody) => {
    const { send } = given({ unreached, away });
    const delivery = await send(...names);
    expect([delivery.kind, 'reachedNobody' in delivery]).toEqual(['unavailable', reachedNobody]);
  });

  it('reach nobody while a provider is not asked, and one that is down is not asked much', async () => {
    const { send, asked } = given({ away });
    for (let turn = 0; turn < 3; turn++)
      await expect(send('away')).resolves.not.toHaveProperty('reachedNobody');
    for (let turn = 0; turn < 9; turn++) await expect(send('away')).resolves.toHaveProperty('reachedNobody');
    expect(asked).toHaveLength(3);
  });

  it('leave a share of the time to the next when one is silent', async () => {
    const { send, asked } = given({ a: silent, b: well }, 100);
    await expect(send('a', 'b')).resolves.toMatchObject({ kind: 'sent', provider: 'b' });
    expect(asked).toEqual(['a', 'b']);
  });

  it('pass over names that nothing was defined under', async () => {
    const { send } = given({ b: well });
    await expect(send('gone', 'b')).resolves.toMatchObject({ kind: 'sent', provider: 'b' });
    await expect(send('gone')).resolves.toEqual({
      kind: 'unavailable',
      text: "Unable to load provider: 'gone'",
      reason: 'no sms provider gone',
      reachedNobody: true,
    });
  });

  it('take the default one where none is named', async () => {
    const { send, snapshot } = given({ a: well, b: well });
    snapshot.entries.set('Provider.Default.sms_provider', { value: 'b', type: '', description: '' });
    await expect(send()).resolves.toMatchObject({ provider: 'b' });
    snapshot.providers.length = 0;
    await expect(send()).resolves.toMatchObject({ text: "Unable to load provider: 'imported_default'" });
  });
});

describe('a provider', () => {
  it('that does not answer costs nobody anything after a few messages, and the others nothing at all', async () => {
    const { send, asked, heard } = given({ dead: away, fine: well });
    for (let i = 0; i < 6; i++) await send('dead');
    expect(asked).toEqual(['dead', 'dead', 'dead']);
    await expect(send('fine')).resolves.toMatchObject({ kind: 'sent' });
    expect(heard).toEqual(['dead away']);
  });

  it('is asked again after a second, and spoken of when it is back', async () => {
    const { send, behaviour, clock, heard } = given({ a: away });
    for (let i = 0; i < 4; i++) await send('a');
    behaviour['a'] = well;
    await expect(send('a')).resolves.toMatchObject({ reason: 'a: provider a does not answer' });
    clock.now = 1_000;
    await expect(send('a')).resolves.toMatchObject({ kind: 'sent' });
    expect(heard).toEqual(['a away', 'a back']);
  });

  it('is judged afresh when it is defined anew', async () => {
    const { send, behaviour, snapshot } = given({ a: away });
    for (let i = 0; i < 4; i++) await send('a');
    behaviour['a'] = well;
    snapshot.providers[0] = definition('a', { timeout: '6' });
    await expect(send('a')).resolves.toMatchObject({ kind: 'sent' });
  });

  it('has 16 messages on their way at a time; nobody is asked for those that waited too long', async () => {
    const { gateway, asked } = given({ slow: () => new Promise(() => undefined) });
    const order = { message: SMS, providers: ['slow'], budgetMs: 50 };
    const results = await Promise.all(Array.from({ length: 20 }, () => gateway.send(order)));
    expect(results.map(({ kind }) => kind)).toEqual(Array.from({ length: 20 }, () => 'unavailable'));
    expect(asked).toHaveLength(16);
  });

  it('lets go of what it was asked when the time is over', async () => {
    let isAborted = false;
    const { gateway } = given({
      a: (attempt) => {
        attempt.signal.addEventListener('abort', () => (isAborted = true));
        return silent(attempt);
      },
    });
    await gateway.send({ message: SMS, providers: ['a'], budgetMs: 20 });
    expect(isAborted).toBe(true);
  });

  it.each<[string, () => Error, string]>([
    ['a member of its configuration', () => new Invalid('URL', 'URL is no URL'), 'URL is no URL'],
    ['a mistake of ours, whose text may hold anything', () => new TypeError('geheim'), 'unexpected failure'],
  ])('fails because of %s', async (_title, error, reason) => {
    const { send, asked } = given({ a: () => Promise.reject(error()), b: well });
    const failed = { kind: 'failed', provider: 'a', text: 'sending sms failed', reason };
    for (let i = 0; i < 4; i++) await expect(send('a', 'b')).resolves.toMatchObject(failed);
    expect(asked).toEqual(['a', 'a', 'a', 'a']);
  });

  it.each([
    [{ className: 'DeviceSMSProvider' }, 'nothing is sent through a DeviceSMSProvider'],
    [{ className: 'constructor' }, 'nothing is sent through a constructor'],
    [{ config: Secret.fromText('geheim') }, 'config is not JSON'],
  ])('that cannot be used fails: %j', async (more, reason) => {
    const { send, snapshot } = given({ a: well });
    snapshot.providers[0] = definition('a', more);
    await expect(send('a')).resolves.toMatchObject({ kind: 'failed', reason });
  });

  it('whose configuration cannot be opened fails', async () => {
    const { send, snapshot } = given({ a: well });
    const unopened = () => {
      throw new Error('no such key');
    };
    snapshot.providers[0] = definition('a', { config: Secret.sealed(unopened) });
    await expect(send('a')).resolves.toMatchObject({ kind: 'failed', reason: 'unexpected failure' });
  });
});
