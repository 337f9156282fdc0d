import { readFile, stat } from 'node:fs/promises';
import { type SecureContext, createSecureContext } from 'node:tls';

/** Where Debian and others keep the authorities that an operator trusts. */
const SYSTEM_FILE = '/etc/ssl/certs/ca-certificates.crt';

/** The authorities whose certificates servers out there may show; read again when the file has changed. */
export class TrustedCertificates {
  #kept: Kept | null = null;

  /** @param file PEM; `null`: the system's, and Node's own where the system has none */
  constructor(private readonly file: string | null) {}

  /** @throws Error when the file cannot be used */
  async context(): Promise<SecureContext> {
    return (await this.#read()).context;
  }

  /** In PEM; `undefined`: Node's own. @throws Error when the file cannot be used */
  async authorities(): Promise<Buffer | undefined> {
    return (await this.#read()).ca;
  }

  async #read(): Promise<Kept> {
    const file = this.file ?? SYSTEM_FILE;
    const stamp = await stampOf(file);
    if (stamp === '' && this.file !== null)
      throw new Error('the file of trusted certificates cannot be read');
    if (this.#kept?.stamp !== stamp) {
      const ca = stamp === '' ? undefined : await readFile(file);
      this.#kept = { stamp, ca, context: createSecureContext({ ca }) };
    }
    return this.#kept;
  }
}

interface Kept {
  readonly stamp: string;
  readonly ca: Buffer | undefined;
  readonly context: SecureContext;
}

/** `''`: there is no such file. */
async function stampOf(file: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(file);
    return `${ino}:${size}:${mtimeMs}`;
  } catch {
    return '';
  }
}
