/**
 * Loaded into a server before its own code (`--import`): counts what it asks the database, each a round trip, and tells it
 * whenever the parent process sends a message.
 */
import pg from 'pg';

let roundTrips = 0;
const { query } = pg.Client.prototype;
pg.Client.prototype.query = function (...parts) {
  roundTrips++;
  return query.apply(this, parts);
};
process.on('message', () => process.send({ roundTrips }));
process.channel?.unref();
