import { randomBytes } from 'node:crypto';

import { Clock, RandomSource } from '@app/kernel';

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
