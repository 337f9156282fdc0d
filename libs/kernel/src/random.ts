/** Where unpredictable bytes come from (a cryptographic generator; tests may fix it). */
export abstract class RandomSource {
  abstract bytes(length: number): Uint8Array;
}
