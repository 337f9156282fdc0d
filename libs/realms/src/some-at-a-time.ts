/**
 * `work` for every item, a few at a time, the results in the order of the items. After a failure nothing more is begun.
 * @throws what `work` throws first
 */
export async function someAtATime<T, R>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Map<number, R>();
  const places = items.entries();
  let isFailed = false;
  const worker = async () => {
    for (const [place, item] of places) {
      if (isFailed) return;
      try {
        results.set(place, await work(item));
      } catch (error) {
        isFailed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return items.map((_item, place) => results.get(place) as R);
}
