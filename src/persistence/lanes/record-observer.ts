import type { ChainBatch } from './chain-batch.js';

/** Hears of every batch of records, once it is committed. */
export abstract class RecordObserver {
  /** Returns at once, and never throws: logins wait for it. */
  abstract recorded(batch: ChainBatch): void;
  /** After the last batch. */
  abstract close(): Promise<void>;
}

export class NobodyIsTold extends RecordObserver {
  recorded(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }
}
