/**
 * Loaded into a server before its own code (`--import`): counts what it asks the database, each a round trip, and tells it
 * whenever the parent process sends a message. With `{ timesRefusals: true }` it takes from then on the time of each answer with
 * the status 503, from its request's head to its last byte, and tells of those since the last message; that costs CPU.
 */
import { subscribe } from 'node:diagnostics_channel';
import { createHistogram } from 'node:perf_hooks';

import pg from 'pg';

const NANOSECONDS_PER_MS = 1e6;

let roundTrips = 0;
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function (...parts) {
  roundTrips++;
  return query.apply(this, parts);
};

let refusals = null;

function timeRefusals() {
  refusals = createHistogram();
  const begun = new WeakMap();
  subscribe('http.server.request.start', ({ request }) => begun.set(request, process.hrtime.bigint()));
  subscribe('http.server.response.finish', ({ request, response }) => {
    const from = begun.get(request);
    if (response.statusCode === 503 && from !== undefined) refusals.record(process.hrtime.bigint() - from);
  });
}

process.on('message', ({ timesRefusals }) => {
  const refusedMs = [50, 99].map((share) => (refusals?.percentile(share) ?? 0) / NANOSECONDS_PER_MS);
  refusals?.reset();
  if (timesRefusals && !refusals) timeRefusals();
  process.send({ roundTrips, refusedMs });
});
process.channel?.unref();
