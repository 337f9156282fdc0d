import type { ChainedRecord } from '@app/audit';

import type { Destination } from './destination.js';
import { Shipment } from './shipment.js';
import { ShippingObserver } from './shipping-observer.js';

const records = (from: number, count: number) =>
  Array.from({ length: count }, (_, place) => ({ sequence: from + place }) as ChainedRecord);

/** Takes records when the test says so. */
class SlowDestination implements Destination {
  readonly name = 'slow';
  readonly taken: number[] = [];
  isClosed = false;
  #offered: { sequences: number[]; take: () => void; refuse: (error: Error) => void }[] = [];
  #heard: (() => void) | null = null;

  send(offered: readonly ChainedRecord[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const sequences = offered.map(({ sequence }) => sequence);
      const take = () => {
        this.taken.push(...sequences);
        resolve();
      };
      this.#offered.push({ sequences, take, refuse: reject });
      this.#heard?.();
    });
  }

  /** Waits until something is offered. */
  async next() {
    while (this.#offered.length === 0) await new Promise<void>((resolve) => (this.#heard = resolve));
    const [offer] = this.#offered.splice(0, 1);
    if (!offer) throw new Error('nothing is offered');
    return offer;
  }

  close(): void {
    this.isClosed = true;
  }
}

class Heard extends ShippingObserver {
  readonly events: string[] = [];
  shipped(_name: string, count: number): void {
    this.events.push(`shipped ${count}`);
  }
  lost(_name: string, count: number): void {
    this.events.push(`lost ${count}`);
  }
  away(): void {
    this.events.push('away');
  }
  back(): void {
    this.events.push('back');
  }
}

function given(limit = 1_000) {
  const destination = new SlowDestination();
  const heard = new Heard();
  return { destination, heard, shipment: new Shipment(destination, limit, heard) };
}

describe('a shipment of records', () => {
  it('offers them in order, no more than a hundred at a time', async () => {
    const { destination, shipment, heard } = given();
    shipment.add(records(1, 150));
    shipment.add(records(151, 32));
    (await destination.next()).take();
    (await destination.next()).take();
    await shipment.close();
    expect(destination.taken).toEqual(records(1, 182).map(({ sequence }) => sequence));
    expect(heard.events).toEqual(['shipped 100', 'shipped 82']);
    expect(destination.isClosed).toBe(true);
  });

  it('offers them again when they were not taken, and tells once', async () => {
    const { destination, shipment, heard } = given();
    shipment.add(records(1, 3));
    for (const _ of [1, 2]) (await destination.next()).refuse(new Error('no'));
    const offer = await destination.next();
    expect(offer.sequences).toEqual([1, 2, 3]);
    offer.take();
    await shipment.close();
    expect(heard.events).toEqual(['away', 'shipped 3', 'back']);
  });

  it('ships what comes in the moment in which it has shipped the last one', async () => {
    const taken: number[] = [];
    let add: () => void = () => undefined;
    const added = new Promise<void>((resolve) => {
      add = () => {
        shipment.add(records(2, 1));
        resolve();
      };
    });
    class Prompt extends Heard {
      override shipped(name: string, count: number): void {
        super.shipped(name, count);
        if (taken.length === 1) queueMicrotask(add);
      }
    }
    const heard = new Prompt();
    const quick: Destination = {
      name: 'quick',
      send: async (offered) => void taken.push(...offered.map(({ sequence }) => sequence)),
      close: () => undefined,
    };
    const shipment = new Shipment(quick, 10, heard);
    shipment.add(records(1, 1));
    await added;
    await shipment.close();
    expect(taken).toEqual([1, 2]);
    expect(heard.events).toEqual(['shipped 1', 'shipped 1']);
  });

  it('loses what comes when too many wait, and counts it', async () => {
    const { destination, shipment, heard } = given(5);
    shipment.add(records(1, 3));
    const offer = await destination.next();
    shipment.add(records(4, 4));
    shipment.add(records(8, 2));
    expect(heard.events).toEqual(['lost 2', 'lost 2']);
    offer.take();
    (await destination.next()).take();
    await shipment.close();
    expect(destination.taken).toEqual([1, 2, 3, 4, 5]);
  });
});
