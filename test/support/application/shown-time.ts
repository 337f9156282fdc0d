import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const LIBRARIES = '/usr/lib';

/** Where Debian puts it: below a folder that is named by the kind of machine. */
function faketime(): string | undefined {
  const places = existsSync(LIBRARIES) ? readdirSync(LIBRARIES) : [];
  return places
    .map((place) => join(LIBRARIES, place, 'faketime/libfaketime.so.1'))
    .find((file) => existsSync(file));
}

const LIBRARY = faketime();

/** Whether a process can be shown another time; scripts/test-servers.mjs installs what does it. */
export const HAS_FAKETIME = LIBRARY !== undefined;

/** The time as processes see it that run under this environment: the machine's, and so many seconds. Its clock is left alone. */
export class ShownTime {
  private constructor(
    private readonly file: string,
    readonly env: Readonly<Record<string, string>>,
  ) {}

  static async make(folder: string, name: string, seconds: number): Promise<ShownTime> {
    if (LIBRARY === undefined) throw new Error('libfaketime is not installed');
    const file = join(folder, `time-of-${name}`);
    const time = new ShownTime(file, {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      // Time-outs go by it.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    });
    await time.set(seconds);
    return time;
  }

  /** Also while they run: within a second or so they see it. */
  async set(seconds: number): Promise<void> {
    await writeFile(this.file, `${seconds < 0 ? '' : '+'}${seconds}\n`);
  }
}
