/** Where one group of functions is served; `path` is absent where it is the usual one. */
export interface ControllerEntry {
  readonly name: string;
  /** With its leading slash and without one at the end. */
  readonly path: string | null;
}

/** Every group of LinOTP's, also those that are not built here: lists are taken over from its configuration. */
const KNOWN: ReadonlySet<string> = new Set(
  // The last ones are below /api/v2; `policies` is our own.
  (
    'admin audit auth gettoken healthcheck license maintenance manage migrate monitoring reporting selfservice ' +
    'system tools u2f userservice validate error auditlog policies realms resolvers tokens'
  ).split(' '),
);
const ENTRY = /^(\w+)(?::((?:\/[\w.~-]+)+)(?::\w+)?)?$/;

/**
 * A list of `name`, `name:/path` or `name:/path:Class`, with blanks between them; `ALL` is every group
 * (spec/admin-api §1.1).
 * @returns `undefined` for what is no such list, or names a group that nobody knows: a misspelt name must not leave open
 *          what was to be closed
 */
export function parseControllers(text: string): readonly ControllerEntry[] | undefined {
  const entries: ControllerEntry[] = [];
  for (const word of text.split(/[\s,]+/).filter((part) => part !== '')) {
    const [, name = '', path] = ENTRY.exec(word) ?? [];
    if (name === 'ALL' && path === undefined)
      for (const known of KNOWN) entries.push({ name: known, path: null });
    else if (KNOWN.has(name)) entries.push({ name, path: path ?? null });
    else return undefined;
  }
  return entries;
}

/** Which groups of functions are served, and where. */
export class ServedControllers {
  constructor(
    private readonly enabled: readonly ControllerEntry[],
    private readonly disabled: readonly ControllerEntry[],
  ) {}

  /**
   * @param usual where the group is served unless it is said otherwise, e.g. `/admin`, `/api/v2/tokens`: its last part
   *              is the group's name
   * @returns no path where it is switched off
   */
  pathsOf(usual: string): readonly string[] {
    const name = usual.slice(usual.lastIndexOf('/') + 1);
    const pathsIn = (entries: readonly ControllerEntry[]) =>
      entries.filter((entry) => entry.name === name).map(({ path }) => path);
    const off = pathsIn(this.disabled);
    if (off.includes(null)) return [];
    const on = pathsIn(this.enabled);
    const elsewhere = on.filter((path) => path !== null);
    // Named with a path, it is served there and nowhere else.
    const paths = elsewhere.length > 0 ? elsewhere : on.map((path) => path ?? usual);
    return [...new Set(paths)].filter((path) => !off.includes(path));
  }
}
