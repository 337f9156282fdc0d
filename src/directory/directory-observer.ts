/** Hears of resolvers and their servers that stop answering, and that answer again: once each time. Must not throw. */
export abstract class DirectoryObserver {
  /** The resolver is left alone for a while. */
  abstract resolverAway(resolver: string, error: unknown): void;
  abstract resolverBack(resolver: string): void;
  /** One of a resolver's servers is passed over for a while. */
  abstract serverAway(resolver: string, server: string, error: unknown): void;
  abstract serverBack(resolver: string, server: string): void;
}

/** Where nobody listens: commands and tests. */
export class NobodyObserves extends DirectoryObserver {
  resolverAway(): void {}
  resolverBack(): void {}
  serverAway(): void {}
  serverBack(): void {}
}
