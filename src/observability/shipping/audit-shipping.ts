import type { ChainedRecord } from '@app/audit';

import { type ChainBatch, chainedRecords } from '../../persistence/lanes/chain-batch.js';
import { RecordObserver } from '../../persistence/lanes/record-observer.js';
import type { Destination } from './destination.js';
import { Shipment } from './shipment.js';
import type { ShippingObserver } from './shipping-observer.js';

/** Ships each record to every destination, once it is committed. Each has its own queue: one that stands still stops no other. */
export class AuditShipping extends RecordObserver {
  readonly #shipments: readonly Shipment[];

  /** @param limit records that may wait for each destination */
  constructor(destinations: readonly Destination[], limit: number, observer: ShippingObserver) {
    super();
    this.#shipments = destinations.map((destination) => new Shipment(destination, limit, observer));
  }

  recorded(batch: ChainBatch): void {
    const records: readonly ChainedRecord[] = chainedRecords(batch);
    for (const shipment of this.#shipments) shipment.add(records);
  }

  async close(): Promise<void> {
    await Promise.all(this.#shipments.map((shipment) => shipment.close()));
  }
}
