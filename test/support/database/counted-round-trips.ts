import pg from 'pg';

/**
 * How many statements this process sends while something is done: each is a round trip to the database. To be called before
 * whatever connects. Others may ask meanwhile (housekeeping): the least of several counts is what the deed itself costs.
 */
export function countRoundTrips(): { least(times: number, deed: () => Promise<unknown>): Promise<number> } {
  let count = 0;
  const prototype = pg.Client.prototype as { query: (this: unknown, ...parts: unknown[]) => unknown };
  const { query } = prototype;
  prototype.query = function (...parts) {
    count++;
    return query.apply(this, parts);
  };
  return {
    async least(times, deed) {
      let least = Number.POSITIVE_INFINITY;
      for (let time = 0; time < times; time++) {
        const before = count;
        await deed();
        least = Math.min(least, count - before);
      }
      return least;
    },
  };
}
