import { open, realpath } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';

import { Invalid } from '@app/kernel';

const LONGEST_TEMPLATE_BYTES = 256 * 1024;

/** The mail templates that an operator has put into a folder: nothing else on the machine is read. */
export class TemplateFolder {
  constructor(private readonly folder: string) {}

  /** @param name below the folder @throws Invalid */
  async read(name: string): Promise<string> {
    const wanted = resolve(join(this.folder, name));
    try {
      const [root, file] = await Promise.all([realpath(this.folder), realpath(wanted)]);
      // With its separator: `/templates-of-others` is not below `/templates`.
      if (!wanted.startsWith(resolve(this.folder) + sep) || !file.startsWith(root + sep))
        throw new Error('outside');
      const opened = await open(file, 'r');
      try {
        const { size } = await opened.stat();
        if (size > LONGEST_TEMPLATE_BYTES) throw new Error('too long');
        return await opened.readFile('utf8');
      } finally {
        await opened.close();
      }
    } catch (cause) {
      // One sentence for all: it does not tell which files there are.
      throw new Invalid('TEMPLATE', 'TEMPLATE names no file below the folder of mail templates', { cause });
    }
  }
}
