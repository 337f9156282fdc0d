import { Invalid, Unavailable } from '@app/kernel';
import type { ServerAnswer } from '@app/tokens';

import { NobodyNotices } from '../remote-observer.js';
import { AskedInTurn } from './asked-in-turn.js';

const YES: ServerAnswer = { kind: 'accepted' };

function given(budgetMs = 1_000) {
  const inTurn = new AskedInTurn(budgetMs, new NobodyNotices());
  const asked: string[] = [];
  const place = (name: string, answer: () => Promise<ServerAnswer>, budget?: number) => ({
    name,
    key: name,
    ...(budget !== undefined && { budgetMs: budget }),
    ask: () => {
      asked.push(name);
      return answer();
    },
  });
  return { inTurn, asked, place };
}

const away = () => Promise.reject(new Unavailable('no connection'));
const never = () => new Promise<ServerAnswer>(() => undefined);

describe('servers that are asked in turn', () => {
  it('end with the first that answers, whatever it says', async () => {
    const { inTurn, asked, place } = given();
    const no = place('b', async () => ({ kind: 'rejected' }));
    const answer = await inTurn.ask([place('a', away), no, place('c', async () => YES)]);
    expect([answer, asked]).toEqual([{ kind: 'rejected' }, ['a', 'b']]);
  });

  it('leave time for those behind one that is silent', async () => {
    const { inTurn, asked, place } = given(60);
    await expect(inTurn.ask([place('a', never), place('b', async () => YES)])).resolves.toEqual(YES);
    expect(asked).toEqual(['a', 'b']);
  });

  it('say who did not answer, and why', async () => {
    const { inTurn, place } = given(40);
    await expect(inTurn.ask([place('a', away), place('b', never)])).resolves.toEqual({
      kind: 'failed',
      reason: expect.stringMatching(/^a: no connection; b did not answer within \d+ ms$/),
    });
  });

  it('are none where none is named', async () => {
    await expect(given().inTurn.ask([])).resolves.toEqual({ kind: 'failed', reason: 'no server is named' });
  });

  it('pass over who was away three times', async () => {
    const { inTurn, asked, place } = given();
    const places = [place('a', away), place('b', async () => YES)];
    for (let round = 0; round < 5; round++) await expect(inTurn.ask(places)).resolves.toEqual(YES);
    expect(asked.filter((name) => name === 'a')).toHaveLength(3);
  });

  it('are not asked what cannot be asked at all', async () => {
    const { inTurn, asked, place } = given();
    const tooLong = place('a', () => Promise.reject(new Invalid('pass', 'pass is too long')));
    await expect(inTurn.ask([tooLong, place('b', async () => YES)])).resolves.toEqual({
      kind: 'failed',
      reason: 'a: pass is too long',
    });
    expect(asked).toEqual(['a']);
  });

  it('tell nothing of an error that nobody foresaw', async () => {
    const { inTurn, place } = given();
    const broken = place('a', () => Promise.reject(new Error('secret')));
    await expect(inTurn.ask([broken])).resolves.toEqual({ kind: 'failed', reason: 'a: unexpected failure' });
  });
});
