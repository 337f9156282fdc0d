import { ConnectionPool, type Poolable } from './connection-pool.js';
import { ServerFailure, ServerOccupied } from './server-failure.js';

class Connection implements Poolable {
  isUsable = true;
  isClosed = false;

  close(): void {
    this.isUsable = false;
    this.isClosed = true;
  }
}

function given({ connections = 2, waitMs = 60_000 } = {}) {
  const opened: Connection[] = [];
  const refusals: Error[] = [];
  const open = async () => {
    const refusal = refusals.shift();
    if (refusal) throw refusal;
    const connection = new Connection();
    opened.push(connection);
    return connection;
  };
  const pool = new ConnectionPool(open, { connections, idleMs: 60_000, waitMs });
  const nothing = async () => undefined;
  return { pool, opened, refusals, nothing };
}

const lost = () => new ServerFailure('lost', 'broken off');

describe('pooled connections', () => {
  it('are used again, one at a time', async () => {
    const { pool, opened, nothing } = given();
    await pool.use(nothing);
    await pool.use(nothing);
    expect(opened).toHaveLength(1);
    await pool.use(() => pool.use(nothing));
    expect(opened).toHaveLength(2);
    pool.close();
  });

  it('are lent to who waits longest when all are out', async () => {
    const { pool, opened, nothing } = given();
    const [one, other] = [await pool.borrow(nothing), await pool.borrow(nothing)];
    const order: string[] = [];
    const waiting = ['first', 'second'].map((name) => pool.use(async () => order.push(name)));
    await Promise.resolve();
    expect(order).toEqual([]);
    other.giveBack();
    await Promise.all(waiting);
    expect(order).toEqual(['first', 'second']);
    expect(opened).toHaveLength(2);
    one.giveBack();
    pool.close();
  });

  it('are not waited for without end', async () => {
    const { pool, nothing } = given({ connections: 1, waitMs: 1 });
    const { giveBack } = await pool.borrow(nothing);
    await expect(pool.use(nothing)).rejects.toThrow(ServerOccupied);
    giveBack();
    await expect(pool.use(nothing)).resolves.toBeUndefined();
    pool.close();
  });

  it('that cannot be opened keep no place', async () => {
    const { pool, refusals, nothing } = given({ connections: 1, waitMs: 1 });
    refusals.push(new Error('refused'), new Error('refused'));
    await expect(pool.use(nothing)).rejects.toThrow('refused');
    await expect(pool.use(nothing)).rejects.toThrow('refused');
    await expect(pool.use(nothing)).resolves.toBeUndefined();
    pool.close();
  });

  it('are replaced once when they broke off while they were idle', async () => {
    const { pool, opened, nothing } = given();
    await pool.use(nothing);
    const seen: Connection[] = [];
    const answer = pool.use(async (connection) => {
      seen.push(connection);
      if (connection !== opened[1]) throw lost();
      return 'answer';
    });
    await expect(answer).resolves.toBe('answer');
    expect(seen).toEqual(opened);
    pool.close();
  });

  it('are not replaced when they are new, or silent', async () => {
    const { pool, opened, nothing } = given();
    await expect(pool.use(() => Promise.reject(lost()))).rejects.toThrow('broken off');
    await pool.use(nothing);
    const silent = new ServerFailure('silent', 'no answer');
    await expect(pool.use(() => Promise.reject(silent))).rejects.toThrow('no answer');
    expect(opened).toHaveLength(1);
    pool.close();
  });

  it('are closed when they are of no use any more', async () => {
    const { pool, opened, nothing } = given();
    await pool.use(async (connection) => {
      connection.isUsable = false;
    });
    expect(opened[0]?.isClosed).toBe(true);
    await pool.use(nothing);
    expect(opened).toHaveLength(2);
    pool.close();
  });

  it('are closed with the pool, those that are lent when they come back', async () => {
    const { pool, opened, nothing } = given();
    const { giveBack } = await pool.borrow(nothing);
    await pool.use(nothing);
    pool.close();
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([false, true]);
    giveBack();
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, true]);
  });
});
