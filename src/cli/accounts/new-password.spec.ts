import { PassThrough } from 'node:stream';

import { Aborted } from '../command-error.js';
import { Console } from '../console.js';
import { readNewPassword } from './new-password.js';

/** @param lines what somebody types once they are asked, or what a program sends at once */
function asking(lines: string, { isTerminal }: { isTerminal: boolean }) {
  const typed = [...lines.matchAll(/[^\r]*\r|[^\r]+/g)].map(([line]) => line);
  let echoes = true;
  const stdin = Object.assign(new PassThrough(), {
    isTTY: isTerminal,
    setRawMode: (isRaw: boolean) => {
      echoes = !isRaw;
    },
  });
  const stderr = new PassThrough();
  let shown = '';
  stderr.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    if (isTerminal && chunk.toString().endsWith(': ')) {
      const keys = typed.shift() ?? '';
      // The terminal itself, unless it was told not to.
      if (echoes) stderr.write(keys);
      stdin.write(keys);
    }
  });
  if (!isTerminal) stdin.end(lines);
  const console = new Console({ stdin, stdout: new PassThrough(), stderr });
  return {
    shown: () => shown,
    read: (fromStandardInput: boolean) => readNewPassword('anna', fromStandardInput, console),
  };
}

describe('a new password on a terminal', () => {
  it('is asked for twice and not shown', async () => {
    const { read, shown } = asking('Geheim12\rGeheim12\r', { isTerminal: true });
    await expect(read(false)).resolves.toBe('Geheim12');
    expect(shown()).toBe('New password: \nRepeat for confirmation: \n');
  });

  it('is asked for again until both are the same', async () => {
    const { read, shown } = asking('Geheim12\rGeheim13\rGeheim14\rGeheim14\r', { isTerminal: true });
    await expect(read(false)).resolves.toBe('Geheim14');
    expect(shown()).toContain('do not match');
    expect(shown()).not.toContain('Geheim');
  });

  it.each([
    { key: 'Ctrl-C', input: 'Geh\u0003' },
    { key: 'Ctrl-D', input: '\u0004' },
  ])('is given up with $key', async ({ input }) => {
    const { read, shown } = asking(input, { isTerminal: true });
    await expect(read(false)).rejects.toThrow(Aborted);
    expect(shown()).toBe('New password: \n');
  });

  it('is asked for once, and not shown, where it may come from standard input', async () => {
    const { read, shown } = asking('Geheim12\r', { isTerminal: true });
    await expect(read(true)).resolves.toBe('Geheim12');
    expect(shown()).toBe('New password: \n');
  });
});

describe('a new password from standard input', () => {
  it.each([
    { input: 'Geheim 12 \n', password: 'Geheim 12 ' },
    { input: 'Geheim12\r\n', password: 'Geheim12' },
    { input: 'Geheim12', password: 'Geheim12' },
    { input: 'Geheim12\nGeheim13\n', password: 'Geheim12' },
    // In the one form that logins are checked in.
    { input: 'Ge\uFB01heim\n', password: 'Gefiheim' },
  ])('is the first line of $input', async ({ input, password }) => {
    const { read, shown } = asking(input, { isTerminal: false });
    await expect(read(true)).resolves.toBe(password);
    expect(shown()).toBe('');
  });

  it('is not taken where nobody said so', async () => {
    const { read } = asking('Geheim12\n', { isTerminal: false });
    await expect(read(false)).rejects.toThrow('--stdin');
  });

  it('is missed where the input ends', async () => {
    await expect(asking('', { isTerminal: false }).read(true)).rejects.toThrow(Aborted);
  });

  it('is refused when it is empty', async () => {
    await expect(asking('\n', { isTerminal: false }).read(true)).rejects.toThrow('empty');
  });

  it.each(['kurz', 'anna'])('is taken with a warning when it is as weak as %s', async (password) => {
    const { read, shown } = asking(`${password}\n`, { isTerminal: false });
    await expect(read(true)).resolves.toBe(password);
    expect(shown()).toContain('Warning');
    expect(shown()).not.toContain(password);
  });
});
