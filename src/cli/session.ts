import { userInfo } from 'node:os';

import type { CommandInstallation } from '../composition/command-line.js';
import { readSettings } from '../config/settings.js';
import { Aborted } from './command-error.js';
import type { Console } from './console.js';

/**
 * Runs a command on the installation of the settings and closes it afterwards. SIGINT and SIGTERM end the command first; `work` that
 * takes long looks at the signal, since closing waits for what has begun.
 * @throws what `openForCommands` and `work` throw; Aborted
 */
export async function withInstallation<T>(
  env: NodeJS.ProcessEnv,
  console: Console,
  work: (installation: CommandInstallation, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // Loaded late: --help and usage errors need none of it.
  const { openForCommands } = await import('../composition/command-line.js');
  const settings = readSettings(env);
  for (const notice of settings.notices) console.say(notice);
  return interruptible(() => openForCommands(settings, logTo(console)), work);
}

/** Opens something, works with it and closes it, also when a signal comes in between. @throws Aborted */
export async function interruptible<R extends { close(): Promise<void> }, T>(
  open: () => Promise<R>,
  work: (opened: R, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const interruption = new Interruption();
  try {
    const opened = await open();
    try {
      if (interruption.happened) throw new Aborted();
      return await Promise.race([work(opened, interruption.signal), interruption.wait]);
    } finally {
      await opened.close();
    }
  } finally {
    interruption.end();
  }
}

/** Where the database speaks while it is opened. */
export function logTo(console: Console) {
  return (level: 'info' | 'warn', message: string) => {
    if (level === 'warn') console.say(message);
    else console.explain(message);
  };
}

/** Who the audit trail says it was: nobody of a realm, but somebody with access to the machine. */
export function operator(): string {
  return `${userName()}@console`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A uid without an account, as in many containers.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** The first signal asks a command to stop; a second one does what signals usually do. */
class Interruption {
  happened = false;
  readonly wait: Promise<never>;
  readonly #controller = new AbortController();
  readonly #listener: () => void;

  constructor() {
    let reject: (reason: Error) => void = () => undefined;
    this.wait = new Promise<never>((_resolve, refuse) => {
      reject = refuse;
    });
    // Nobody may be waiting yet.
    this.wait.catch(() => undefined);
    this.#listener = () => {
      this.happened = true;
      this.#controller.abort(new Aborted());
      this.end();
      reject(new Aborted());
    };
    process.once('SIGINT', this.#listener);
    process.once('SIGTERM', this.#listener);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    process.off('SIGINT', this.#listener);
    process.off('SIGTERM', this.#listener);
  }
}
