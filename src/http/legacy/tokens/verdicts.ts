import type { Verdict } from '@app/authentication';

/** Hears of every verdict, for metrics. */
export abstract class Verdicts {
  abstract decided(verdict: Verdict): void;
}
