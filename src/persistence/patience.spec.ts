import { Unavailable } from '@app/kernel';

import { Patience } from './patience.js';

const NEVER = new Promise<string>(() => undefined);

/** On a clock that goes on as it is told. */
function givenPatience(milliseconds = 4_000) {
  let time = 100_000;
  let look: (() => boolean) | null = null;
  const patience = new Patience({
    milliseconds,
    now: () => time,
    keepLooking: (begun) => {
      if (look) throw new Error('somebody looks already');
      look = begun;
    },
  });
  return {
    patience,
    get isLooking() {
      return look !== null;
    },
    /** @returns once everybody heard what they hear */
    async after(passed: number): Promise<void> {
      time += passed;
      if (look && !look()) look = null;
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    },
    /** What came of one who waits for `answer`. */
    waitsFor(answer: Promise<string>) {
      const seen: { answer: unknown } = { answer: 'none yet' };
      patience.during(answer).then(
        (value) => (seen.answer = value),
        (error: unknown) => (seen.answer = error),
      );
      return seen;
    },
  };
}

describe('Patience', () => {
  it('passes on what the database answers, and looks for nobody behind it', async () => {
    const given = givenPatience();
    const refusal = new Error('refused');
    expect(await given.patience.during(Promise.resolve('rows'))).toBe('rows');
    await expect(given.patience.during(Promise.reject(refusal))).rejects.toBe(refusal);
    await given.after(50);
    expect(given.isLooking).toBe(false);
    void given.waitsFor(NEVER);
    expect(given.isLooking).toBe(true);
  });

  it('ends when its time is over, and not before', async () => {
    const { waitsFor, after } = givenPatience();
    const waiting = waitsFor(NEVER);
    await after(3_999);
    expect(waiting.answer).toBe('none yet');
    await after(1);
    expect(waiting.answer).toBeInstanceOf(Unavailable);
  });

  it('is short with who comes right behind somebody who waited in vain', async () => {
    const { waitsFor, after } = givenPatience();
    waitsFor(NEVER);
    await after(4_000);
    const next = waitsFor(NEVER);
    await after(200);
    expect(next.answer).toBeInstanceOf(Unavailable);
  });

  it('has others wait in earnest later, however many were refused meanwhile', async () => {
    const { waitsFor, after } = givenPatience();
    waitsFor(NEVER);
    await after(4_000);
    for (let come = 0; come < 5; come++) {
      waitsFor(NEVER);
      await after(200);
    }
    await after(300);
    const later = waitsFor(NEVER);
    await after(3_999);
    expect(later.answer).toBe('none yet');
  });

  it.each(['in time', 'too late'])('is as long as ever once the database answered, %s', async (when) => {
    const { waitsFor, after } = givenPatience();
    let answer = (_value: string): void => undefined;
    const late = new Promise<string>((resolve) => (answer = resolve));
    waitsFor(when === 'too late' ? late : NEVER);
    await after(4_000);
    if (when === 'in time') waitsFor(Promise.resolve('rows'));
    answer('rows');
    await after(0);
    const next = waitsFor(NEVER);
    await after(3_000);
    expect(next.answer).toBe('none yet');
  });

  it('counts what was waited for the answer before', async () => {
    const { waitsFor, after } = givenPatience();
    let answer = (_value: string): void => undefined;
    const slow = waitsFor(new Promise<string>((resolve) => (answer = resolve)));
    await after(3_000);
    answer('rows');
    await after(0);
    expect(slow.answer).toBe('rows');
    const next = waitsFor(NEVER);
    await after(999);
    expect(next.answer).toBe('none yet');
    await after(1);
    expect(next.answer).toBeInstanceOf(Unavailable);
  });

  it('counts it also where others are answered at once, and once more where the next waits in vain', async () => {
    const { waitsFor, after } = givenPatience();
    let answer = (_value: string): void => undefined;
    waitsFor(new Promise<string>((resolve) => (answer = resolve)));
    await after(2_300);
    answer('rows');
    waitsFor(Promise.resolve('rows'));
    await after(0);
    const next = waitsFor(NEVER);
    await after(1_700);
    expect(next.answer).toBeInstanceOf(Unavailable);
    const last = waitsFor(NEVER);
    await after(200);
    expect(last.answer).toBeInstanceOf(Unavailable);
  });

  it('is never longer than it was told to be', async () => {
    const { waitsFor, after } = givenPatience(100);
    waitsFor(NEVER);
    await after(100);
    const next = waitsFor(NEVER);
    await after(100);
    expect(next.answer).toBeInstanceOf(Unavailable);
  });
});
