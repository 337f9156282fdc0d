import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import { findProcess } from './process-table.js';

describe('findProcess', () => {
  let parent: ChildProcess;
  let zombie: number;

  beforeAll(async () => {
    // The child ends once `sleep` has taken the place of the shell, which would have reaped it: it stays a zombie.
    const child = 'until grep -q sleep /proc/$$/comm; do :; done';
    parent = spawn('sh', ['-c', `(${child}) & echo $!; exec sleep 61`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (!parent.stdout) throw new Error('no output');
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    zombie = Number(String(line));
  });
  afterAll(() => {
    parent.kill('SIGKILL');
  });

  it('knows a process by an argument of its own', async () => {
    const pid = parent.pid ?? 0;
    // Between fork and exec the shell's own command line may still be seen.
    while ((await findProcess(pid, '61')) === 'another') continue;
    expect(await findProcess(pid, '61')).toBe('expected');
    expect(await findProcess(pid, '/some/cluster')).toBe('another');
  });

  it('counts a zombie as gone', async () => {
    while ((await findProcess(zombie, 'true')) !== 'gone') continue;
    expect(() => process.kill(zombie, 0)).not.toThrow();
  });

  it('sees that nobody has a number', async () => {
    expect(await findProcess(4_194_305, 'x')).toBe('gone');
  });
});
