import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * What a process id stands for today. Ids are reused (in a container within seconds of a restart), and a dead process whose
 * parent does not reap stays visible as a zombie.
 *
 * @param argument one of the command line's arguments, by which the expected process is known
 */
export async function findProcess(pid: number, argument: string): Promise<'gone' | 'expected' | 'another'> {
  const found = process.platform === 'linux' ? await fromProc(pid) : await fromPs(pid);
  if (!found || found.state.startsWith('Z')) return 'gone';
  return found.holds(argument) ? 'expected' : 'another';
}

interface FoundProcess {
  readonly state: string;
  holds(argument: string): boolean;
}

async function fromProc(pid: number): Promise<FoundProcess | null> {
  try {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8');
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    return {
      // `pid (name) state …`: the name may hold anything, also brackets.
      state: status.slice(status.lastIndexOf(')') + 2),
      holds: (argument) => command.split('\0').includes(argument),
    };
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
}

async function fromPs(pid: number): Promise<FoundProcess | null> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'state=,args=', '-p', String(pid)]);
    return { state: stdout.trimStart(), holds: (argument) => stdout.includes(argument) };
  } catch {
    // ps ends with 1 when there is no such process.
    return null;
  }
}
