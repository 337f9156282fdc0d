import type { Exchange } from '../exchange.js';

/** Hears of every answer, as its first byte is written. Must not throw. */
export interface AnswerObserver {
  answered(exchange: Exchange, method: string, status: number, seconds: number): void;
}
