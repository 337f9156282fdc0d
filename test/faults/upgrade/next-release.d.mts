import type { MigrationInterface } from 'typeorm';

export declare class NextRelease1999000000000 implements MigrationInterface {
  up(): Promise<void>;
  down(): Promise<void>;
}
