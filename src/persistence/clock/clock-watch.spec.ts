import type { Clock } from '@app/kernel';

import type { Queryable } from '../database.js';
import { ClockObserver } from './clock-observer.js';
import { ClockWatch, clockText, secondsAhead } from './clock-watch.js';

const at = (seconds: number) => new Date(1_700_000_000_000 + seconds * 1000);

describe('secondsAhead', () => {
  it.each([
    { what: 'the time in between', sent: 0, heard: 1, database: 0.5, ahead: 0 },
    { what: 'a slow answer', sent: 0, heard: 30, database: 29, ahead: 0 },
    { what: 'a node that is ahead', sent: 3600, heard: 3601, database: 0, ahead: 3600 },
    { what: 'a node that is behind', sent: 0, heard: 1, database: 3601, ahead: -3600 },
  ])('is what is certain: $what', ({ sent, heard, database, ahead }) => {
    expect(secondsAhead({ sent: at(sent), heard: at(heard) }, at(database))).toBe(ahead);
  });

  it('is told in words', () => {
    expect([clockText(3600), clockText(-2.25)]).toEqual([
      "3600.0 s ahead of the database's",
      "2.3 s behind the database's",
    ]);
  });
});

class Heard extends ClockObserver {
  readonly all: (readonly [string, number])[] = [];
  clockMeasured(seconds: number): void {
    this.all.push(['measured', seconds]);
  }
  clockDiffers(seconds: number): void {
    this.all.push(['differs', seconds]);
  }
  clockAgrees(seconds: number): void {
    this.all.push(['agrees', seconds]);
  }
}

describe('ClockWatch', () => {
  it('tells once when the clock goes wrong, and once when it is right again', async () => {
    const heard = new Heard();
    const clock: Clock = { now: () => at(0) };
    const database = { now: at(0) };
    const queryable = {
      query: () => Promise.resolve({ rows: [database], rowCount: 1 }),
    } as unknown as Queryable;
    const watch = new ClockWatch(queryable, clock, heard);
    for (const now of [0, 3, 3, -3, 0]) {
      database.now = at(now);
      await watch.ask('SELECT');
    }
    expect(heard.all.filter(([what]) => what !== 'measured')).toEqual([
      ['differs', -3],
      ['agrees', 0],
    ]);
    expect(heard.all).toHaveLength(7);
  });
});
