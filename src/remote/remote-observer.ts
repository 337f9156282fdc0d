/** Hears of servers to forward to that stop answering, and that answer again: once each time. Must not throw. */
export abstract class RemoteObserver {
  /** @param server scheme and host; it is left alone for a while */
  abstract serverAway(server: string, error: unknown): void;
  abstract serverBack(server: string): void;
}

/** Where nobody listens: commands and tests. */
export class NobodyNotices extends RemoteObserver {
  serverAway(): void {}
  serverBack(): void {}
}
