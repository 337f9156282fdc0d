import { parseHeads } from '@app/audit';

import { HeadRegister } from './head-register.js';

const MINUTE = 60_000;
const head = (sequence: number) => ({ sequence, chain: Buffer.alloc(32, sequence) });

describe('what a lane keeps of others', () => {
  let now: number;
  let register: HeadRegister;
  const told = (lane: number): string[] | null => {
    const due = register.due(lane);
    due?.kept();
    return due && parseHeads(due.text).map(({ lane: id, sequence }) => `${id}:${sequence}`);
  };
  beforeEach(() => {
    now = 1000;
    register = new HeadRegister(() => now);
    for (const lane of [1, 2, 3]) {
      register.atOpening(lane);
      register.moved(lane, head(0));
    }
  });

  it('is nothing within the first minute, and nothing that has not moved', () => {
    register.moved(2, head(5));
    expect(told(1)).toBeNull();
    now += MINUTE - 1;
    expect(told(1)).toBeNull();
    now += 1;
    expect(told(1)).toEqual(['2:5']);
    now += MINUTE;
    expect(told(1)).toBeNull();
  });

  it('are the heads of all others that moved, once a minute, but never its own', () => {
    now += MINUTE;
    for (const lane of [1, 2, 3]) register.moved(lane, head(7));
    expect(told(1)).toEqual(['2:7', '3:7']);
    expect(told(1)).toBeNull();
    expect(told(2)).toEqual(['1:7', '3:7']);
    register.moved(3, head(9));
    now += MINUTE;
    expect(told(1)).toEqual(['3:9']);
  });

  it('is tried again with the next batch when this one was not committed', () => {
    now += MINUTE;
    register.moved(2, head(5));
    register.due(1);
    expect(told(1)).toEqual(['2:5']);
  });

  it('are heads of other nodes’ lanes, each told by one of ours', () => {
    now += MINUTE;
    register.observe([{ id: 17, seq: 4, head: Buffer.alloc(32, 4) }]);
    expect(told(1)).toEqual(['17:4']);
    expect(told(2)).toBeNull();
    register.observe([{ id: 17, seq: 3, head: Buffer.alloc(32, 4) }]);
    now += MINUTE;
    expect(told(2)).toBeNull();
  });

  it('is our own head as we know it, whatever the database says', () => {
    register.moved(2, head(5));
    register.observe([{ id: 2, seq: 4, head: Buffer.alloc(32) }]);
    expect(register.known()).toEqual([{ lane: '2', ...head(5) }]);
  });

  it('is bounded, and all have their turn', () => {
    const rows = Array.from({ length: 100 }, (_, id) => ({
      id: 100 + id,
      seq: 1,
      head: Buffer.alloc(32, 1),
    }));
    register.observe(rows);
    const heard = new Set<string>();
    for (let minute = 0; minute < 4; minute++) {
      now += MINUTE;
      const some = told(1) ?? [];
      expect(some.length).toBeLessThanOrEqual(32);
      for (const one of some) heard.add(one);
    }
    expect(heard.size).toBe(100);
  });

  it('are, when it opens, all heads that are known, closed lanes among them', () => {
    register.moved(2, head(5));
    register.closed(2);
    register.observe([{ id: 17, seq: 4, head: Buffer.alloc(32, 4) }]);
    expect(parseHeads(register.atOpening(4)).map(({ lane }) => lane)).toEqual(['2', '17']);
    register.moved(4, head(0));
    now += MINUTE;
    expect(told(4)).toBeNull();
  });
});
