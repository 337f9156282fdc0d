import type { MessageKind } from '@app/realms';

/** Hears of providers that stop answering, and that answer again: once each time. Must not throw. */
export abstract class DeliveryObserver {
  /** The provider is left alone for a while. */
  abstract providerAway(kind: MessageKind, provider: string, error: unknown): void;
  abstract providerBack(kind: MessageKind, provider: string): void;
}

/** Where nobody listens: commands and tests. */
export class NobodyListens extends DeliveryObserver {
  providerAway(): void {}
  providerBack(): void {}
}
