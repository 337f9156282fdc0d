import type { PartitionKey } from '@app/otp';

/** The key pairs by which apps know this installation (spec/token-types §17): the same on all nodes, and for ever. */
export abstract class PartitionKeys {
  /** @returns `null`: the partition has none @throws Unavailable */
  abstract find(partition: number): Promise<PartitionKey | null>;
  /** Makes it where there is none; of any number of calls, on any nodes, there is one. @throws Unavailable */
  abstract make(partition: number): Promise<PartitionKey>;
}
