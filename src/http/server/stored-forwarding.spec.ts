import { type HostNames, type SettingEntry, settingsOf } from '@app/realms';

import { StoredForwarding } from './stored-forwarding.js';

const entry = (value: string): SettingEntry => ({ value, type: '', description: '' });
const settings = (values: Record<string, string>) =>
  settingsOf(new Map(Object.entries(values).map(([key, value]) => [key, entry(value)])));

function given(values: Record<string, string>, { namesClient = true } = {}) {
  const asked: string[] = [];
  const hostNames: HostNames = {
    addresses: (name) => {
      asked.push(name);
      return Promise.resolve(name === 'proxy.example' ? ['192.0.2.7', '2001:db8::7'] : []);
    },
  };
  let stored = settings(values);
  return {
    asked,
    forwarding: new StoredForwarding(() => stored, hostNames, namesClient),
    store: (next: Record<string, string>) => {
      stored = settings(next);
    },
  };
}

/** Whatever waits for answers that are there already. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('StoredForwarding', () => {
  it('trusts nobody by default', () => {
    expect(given({}).forwarding.current()).toMatchObject({
      proxies: { isEmpty: true },
      namers: { isEmpty: true },
      readsXForwardedFor: false,
      readsForwarded: false,
    });
  });

  it('follows what is stored', () => {
    const { forwarding, store } = given({ 'client.FORWARDED_PROXY': '10.0.0.0/8, 192.0.2.1' });
    expect(forwarding.current().proxies.includes('192.0.2.1')).toBe(true);
    store({ 'client.FORWARDED_PROXY': '2001:db8::1', 'client.X_FORWARDED_FOR': 'true' });
    expect(forwarding.current().proxies.texts).toEqual(['2001:db8::1']);
    expect(forwarding.current().readsXForwardedFor).toBe(true);
  });

  it('trusts a named host once its name is resolved, and asks once', async () => {
    const { forwarding, asked } = given({ 'client.FORWARDED_PROXY': 'proxy.example/64, nosuch.example' });
    expect(forwarding.current().proxies.isEmpty).toBe(true);
    forwarding.current();
    await settled();
    expect(forwarding.current().proxies.texts).toEqual(['192.0.2.7', '2001:db8::7/64']);
    expect(asked).toEqual(['proxy.example', 'nosuch.example']);
  });

  it('forgets a name that was resolved for settings that are gone', async () => {
    const { forwarding, store } = given({ 'client.FORWARDED_PROXY': 'proxy.example' });
    forwarding.current();
    store({});
    expect(forwarding.current().proxies.isEmpty).toBe(true);
    await settled();
    expect(forwarding.current().proxies.isEmpty).toBe(true);
  });

  it('lets nobody name a client where the installation says so', () => {
    const values = { mayOverwriteClient: '192.0.2.9' };
    expect(given(values).forwarding.current().namers.texts).toEqual(['192.0.2.9']);
    expect(given(values, { namesClient: false }).forwarding.current().namers.isEmpty).toBe(true);
  });
});
