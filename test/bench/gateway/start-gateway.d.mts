export interface GatewayOrder {
  readonly port: number;
  readonly source: {
    readonly kind: string;
    readonly tokens: number;
    readonly owned: number;
    readonly realm?: string;
    readonly every?: 1 | 2;
  };
  readonly connections: number;
  readonly seconds: number;
}

export interface GatewayOutcome {
  readonly seconds: number;
  /** Milliseconds, by kind of request. */
  readonly latencies: Readonly<Record<string, readonly number[]>>;
}

export interface Gateway {
  run(order: GatewayOrder): Promise<GatewayOutcome>;
  forget(): Promise<unknown>;
  stop(): void;
}

export function startGateway(): Gateway;
