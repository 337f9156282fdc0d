import { Writable } from 'node:stream';

import { jest } from '@jest/globals';
import { pino } from 'pino';

import { Metrics } from './metrics.js';
import { TurnedAwayLog } from './turned-away-log.js';

const NOTHING = {
  configurationVersion: () => 0,
  unrecordedMisses: () => 0,
  waitingLogins: () => 0,
  loginWaitSeconds: () => 0,
};

function given() {
  const lines: unknown[] = [];
  const stream = new Writable({
    write(line, _encoding, done) {
      lines.push(JSON.parse(String(line)));
      done();
    },
  });
  const metrics = new Metrics(NOTHING);
  return { lines, metrics, turnedAway: new TurnedAwayLog(pino(stream), metrics) };
}

describe('TurnedAwayLog', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('has one line for all of a second', () => {
    const { lines, turnedAway } = given();
    for (let login = 0; login < 1_000; login++) turnedAway.turnedAway('/validate/check');
    expect(lines).toEqual([]);
    jest.advanceTimersByTime(1_000);
    expect(lines).toEqual([expect.objectContaining({ level: 40, logins: 1_000 })]);
    turnedAway.turnedAway('/validate/check');
    jest.advanceTimersByTime(5_000);
    expect(lines).toEqual([expect.anything(), expect.objectContaining({ logins: 1 })]);
  });

  it('counts each of them, by route, whenever somebody asks', async () => {
    const { metrics, turnedAway } = given();
    for (let turn = 1; turn <= 2; turn++) {
      turnedAway.turnedAway('/validate/check');
      turnedAway.turnedAway('/validate/check_s');
      const text = await metrics.read();
      expect(text).toMatch(new RegExp(`^twinlock_logins_turned_away_total ${2 * turn}$`, 'm'));
      expect(text).toContain(`twinlock_requests_total{route="/validate/check",status="503"} ${turn}`);
      expect(text).toContain(`twinlock_requests_total{route="/validate/check_s",status="503"} ${turn}`);
    }
  });
});
