const CAUSES = 4;
// What stands between quotation marks may be a client's words (`invalid input syntax: "…"`), further marks among them.
const QUOTED = /"[^]*"|'[^]*'|`[^]*`/g;
const FRAME = /^\s+at .*$/gm;

/** An error for the log: its kind, code, text without quoted passages, stack, and causes. Properties never: they hold parameters. */
export function describeError(error: unknown): string {
  const lines: string[] = [];
  let current = error;
  for (let depth = 0; depth < CAUSES && current !== undefined && current !== null; depth++) {
    if (depth > 0) lines.push('caused by');
    if (!(current instanceof Error)) {
      lines.push(`a thrown ${typeof current}`);
      break;
    }
    const code = 'code' in current && typeof current.code === 'string' ? ` [${current.code}]` : '';
    lines.push(`${current.name}${code}: ${current.message.replace(QUOTED, "'…'")}`);
    lines.push(...(current.stack?.match(FRAME) ?? []));
    current = current.cause;
  }
  return lines.join('\n');
}
