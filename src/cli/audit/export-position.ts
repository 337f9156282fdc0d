import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { LaneSequences } from '../../composition/command-line.js';
import { CommandError } from '../command-error.js';

const FORMAT = 'twinlock-audit-position-1';
const LANE = /^\d{1,15}$/;

/**
 * Up to where an export has got, in a file: the last sequence of each lane. Times and running numbers would not do: a record may
 * be committed after one that has higher ones.
 */
export class ExportPosition {
  private constructor(
    private readonly path: string,
    /** Nothing where there is no such file yet. */
    readonly sequences: LaneSequences,
  ) {}

  /** @throws CommandError for a file that is something else: everything would be exported again */
  static async read(path: string): Promise<ExportPosition> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
        return new ExportPosition(path, new Map());
      }
      throw new CommandError(`${path} cannot be read`, { cause: error });
    }
    const sequences = sequencesIn(text);
    if (!sequences) throw new CommandError(`${path} is not of the format ${FORMAT}: nothing is exported`);
    return new ExportPosition(path, sequences);
  }

  /** Takes the place of the file, whole and on the disk. */
  async moveTo(sequences: LaneSequences): Promise<void> {
    // A lane that retention has emptied is not behind where it was.
    const lanes = [...new Map([...this.sequences, ...sequences])]
      .toSorted(([one], [other]) => one - other)
      .map(([lane, sequence]) => ({ lane: String(lane), sequence }));
    const draft = `${this.path}.part`;
    try {
      const file = await open(draft, 'w', 0o600);
      try {
        await file.writeFile(`${JSON.stringify({ format: FORMAT, lanes }, null, 1)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, this.path);
      const folder = await open(dirname(this.path));
      await folder.sync().finally(() => folder.close());
    } catch (error) {
      await rm(draft, { force: true });
      throw new CommandError(`${this.path} cannot be written: the next export writes these records again`, {
        cause: error,
      });
    }
  }
}

function sequencesIn(text: string): LaneSequences | null {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof content !== 'object' || content === null) return null;
  const { format, lanes } = content as { format?: unknown; lanes?: unknown };
  if (format !== FORMAT || !Array.isArray(lanes)) return null;
  const entries = lanes.map((entry: { lane?: unknown; sequence?: unknown } | null) => {
    const { lane, sequence } = entry ?? {};
    const isSound = typeof lane === 'string' && LANE.test(lane) && Number.isSafeInteger(sequence);
    return isSound ? ([Number(lane), Number(sequence)] as const) : null;
  });
  return entries.every((entry) => entry !== null) ? new Map(entries) : null;
}
