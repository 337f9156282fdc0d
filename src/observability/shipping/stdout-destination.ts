import { type EventEmitter, once } from 'node:events';

import { type ChainedRecord, recordObject } from '@app/audit';

import type { Destination } from './destination.js';

export interface LineWriter extends EventEmitter {
  /** @returns whether more may follow at once; else `drain` tells */
  write(text: string): boolean;
}

/** Lines of JSON among those of the log: `{"audit": …}`. */
export class StdoutDestination implements Destination {
  readonly name = 'stdout';

  /** @param lines the log's own: two writers would mix their lines */
  constructor(private readonly lines: LineWriter) {}

  async send(records: readonly ChainedRecord[]): Promise<void> {
    const text = records.map((record) => `${JSON.stringify({ audit: recordObject(record) })}\n`).join('');
    if (!this.lines.write(text)) await once(this.lines, 'drain');
  }

  close(): void {}
}
