import type { KeyChecks } from '@app/tokens';

import { LoadedKeyChecks } from './loaded-key-checks.js';

const FOUND = { isFound: true } as unknown;

describe('LoadedKeyChecks', () => {
  it('loads once, and again where that failed', async () => {
    let loads = 0;
    const library = { registered: () => Promise.resolve(FOUND) } as unknown as KeyChecks;
    const checks = new LoadedKeyChecks([], () =>
      ++loads === 1 ? Promise.reject(new Error('too many open files')) : Promise.resolve(library),
    );
    const check = {} as Parameters<KeyChecks['registered']>[0];
    await expect(checks.registered(check)).rejects.toThrow('too many open files');
    expect(await checks.registered(check)).toBe(FOUND);
    expect(await checks.registered(check)).toBe(FOUND);
    expect(loads).toBe(2);
  });
});
