import type { Client, Pool } from 'pg';

export const PIN: string;
export const SEED: Buffer;
export function serialOf(place: number): string;
export function loginOf(place: number): string;
export function userIdOf(place: number): string;

export interface TokenOwners {
  readonly resolver: string;
  readonly type: string;
  readonly realm: string;
  readonly userIdOf?: (place: number) => string;
}

export function enrolTokens(
  database: Client | Pool,
  dataFolder: string,
  count: number,
  owners?: TokenOwners | null,
): Promise<void>;
