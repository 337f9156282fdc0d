import { readFileSync, readdirSync } from 'node:fs';

// Of /proc/<pid>/stat; the same on every Linux that Node runs on.
const TICKS_PER_SECOND = 100;
const NANOSECONDS = 1e9;

/** CPU seconds of a process so far, all its threads. */
export function cpuSecondsOf(pid) {
  const { user, system } = statOf(pid);
  return user + system;
}

/** CPU seconds of a process's first thread so far: of Node, the one that runs JavaScript. */
export const firstThreadCpu = (pid) => scheduledSeconds(`/proc/${pid}/task/${pid}/schedstat`);

/** CPU seconds of this process's children that have ended, and whom it has taken notice of. */
export const endedChildrenCpu = () => statOf('self').endedChildren;

/** CPU seconds of a process and its children so far, those that have ended, too. */
export function familyCpu(pid) {
  for (;;) {
    const { user, system, endedChildren } = statOf(pid);
    const running = childrenOf(pid).reduce((sum, child) => sum + oneThreadCpu(child), 0);
    // One that ended meanwhile is counted on either side, or on none.
    if (statOf(pid).endedChildren === endedChildren) return user + system + endedChildren + running;
  }
}

/**
 * CPU seconds of all processes of a PostgreSQL so far; `NaN` of one that runs elsewhere.
 *
 * @param {import('pg').Client} database
 */
export async function postgresCpu(database) {
  const { rows } = await database.query('SELECT pg_backend_pid() AS pid, current_database() AS name');
  const [{ pid, name }] = rows;
  try {
    // On another machine, or in a container, the number is somebody else's here.
    if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(` ${name} `)) return Number.NaN;
    return familyCpu(statOf(pid).parent);
  } catch {
    return Number.NaN;
  }
}

function statOf(pid) {
  // Behind the name, which may have spaces and parentheses in it: state, parent …
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(') ') + 2).split(' ');
  const seconds = (place) => Number(fields[place]) / TICKS_PER_SECOND;
  return {
    parent: Number(fields[1]),
    user: seconds(11),
    system: seconds(12),
    endedChildren: seconds(13) + seconds(14),
  };
}

function childrenOf(parent) {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => {
    try {
      return statOf(pid).parent === parent;
    } catch {
      return false;
    }
  });
}

/** Finer than ticks, of which many processes lose one each. */
function oneThreadCpu(pid) {
  try {
    return scheduledSeconds(`/proc/${pid}/schedstat`);
  } catch {
    // It has ended since, and is counted as such the next time.
    return 0;
  }
}

function scheduledSeconds(file) {
  return Number(readFileSync(file, 'utf8').split(' ')[0]) / NANOSECONDS;
}
