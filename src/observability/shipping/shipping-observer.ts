/** Hears how the shipping of records goes, for log and metrics. */
export abstract class ShippingObserver {
  abstract shipped(destination: string, records: number): void;
  /** Records that will not be shipped: too many waited, or the process ends. */
  abstract lost(destination: string, records: number): void;
  abstract away(destination: string, error: unknown): void;
  abstract back(destination: string): void;
}
