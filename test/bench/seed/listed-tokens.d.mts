import type pg from 'pg';

export const USERS: number;
export const REALMS: readonly string[];
export function userNameOf(place: number): string;
export function makeListedTokens(database: pg.Client, count: number, resolver: string): Promise<void>;
