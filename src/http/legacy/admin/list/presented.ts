import type { ListedToken } from '@app/tokens';

/** Batch by batch, so that a long list is never held as a whole. */
export async function* presented<T>(
  batches: AsyncIterable<readonly ListedToken[]>,
  present: (tokens: readonly ListedToken[]) => Promise<readonly T[]>,
): AsyncGenerator<readonly T[]> {
  for await (const tokens of batches) yield await present(tokens);
}
