/** Secrets that were given to, or made by, a server; and where they turn up again. */
export class MarkedSecrets {
  readonly #forms = new Map<string, Set<string>>();

  /**
   * A secret that is text. Short ones of digits are looked for as numbers of their own: they are a part of many others.
   *
   * @param what whose name a trace is reported by
   * @returns the secret
   */
  text(what: string, secret: string): string {
    if (secret.length < 6) throw new Error(`${what} is too short to be looked for`);
    return this.#add(what, secret, Buffer.from(secret, 'utf8'));
  }

  /** A seed: as it is written, and its bytes. @param hex as an administrator sends it */
  seed(what: string, hex: string): string {
    const bytes = Buffer.from(hex, 'hex');
    this.#add(what, hex, Buffer.from(hex, 'utf8'));
    this.#know(what, [bytes.toString('latin1'), bytes.toString('base64').replace(/=+$/, ''), base32(bytes)]);
    return hex;
  }

  /** `<what> in <where>` for each secret that the text holds in any of its forms. */
  tracesIn(where: string, text: string): string[] {
    const lower = text.toLowerCase();
    return [...this.#forms].flatMap(([what, forms]) => {
      const found = [...forms].find((form) => {
        if (/^\d+$/.test(form)) return new RegExp(`(?<![0-9a-f.])${form}(?!\\d)`, 'i').test(text);
        return /^[0-9a-f]+$/.test(form) ? lower.includes(form) : text.includes(form);
      });
      return found === undefined ? [] : [`${what} in ${where}: …${around(text, found)}…`];
    });
  }

  #add(what: string, secret: string, bytes: Buffer): string {
    this.#know(what, [
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
      bytes.toString('hex'),
      // Without the last characters, which depend on what follows.
      bytes.toString('base64').replace(/=+$/, '').slice(0, -1),
    ]);
    return secret;
  }

  #know(what: string, forms: readonly string[]): void {
    this.#forms.set(what, new Set([...(this.#forms.get(what) ?? []), ...forms]));
  }
}

function around(text: string, form: string): string {
  const at = Math.max(0, text.toLowerCase().indexOf(form.toLowerCase()));
  return text.slice(Math.max(0, at - 160), at + form.length + 40).replaceAll('\n', ' ');
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 §6, without padding. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => ALPHABET[Number.parseInt(group.padEnd(5, '0'), 2)]).join('');
}
