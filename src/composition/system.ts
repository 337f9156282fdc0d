import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { Clock, RandomSource } from '@app/kernel';
import { HostNames } from '@app/realms';

export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }
}

export class SystemRandom extends RandomSource {
  bytes(length: number): Uint8Array {
    return randomBytes(length);
  }
}

const RESOLVES_WITHIN_MS = 3_000;

export class SystemHostNames extends HostNames {
  addresses(name: string): Promise<readonly string[]> {
    const found = lookup(name, { all: true }).then(
      (addresses) => addresses.map(({ address }) => address),
      () => [],
    );
    return Promise.race([found, delay(RESOLVES_WITHIN_MS, [], { ref: false })]);
  }
}
