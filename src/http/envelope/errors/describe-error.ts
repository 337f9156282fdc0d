const CAUSES = 4;
// What stands between quotation marks may be a client's words (`invalid input syntax: "…"`), further marks among them.
const QUOTED = /"[^]*"|'[^]*'|`[^]*`/g;
const FRAME = /^\s+at .*$/gm;

function oneOfSeveral(error: unknown): string {
  if (!(error instanceof Error)) return `one of them: a thrown ${typeof error}`;
  return `one of them: ${headOf(error)}`;
}

function headOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? ` [${error.code}]` : '';
  return `${error.name}${code}: ${error.message.replace(QUOTED, "'…'")}`;
}

/** As `describeError`, on one line and without stacks: for what operators and not developers put right. */
export function summarizeError(error: unknown): string {
  const heads: string[] = [];
  for (let current = error; current instanceof Error && heads.length < CAUSES; current = current.cause) {
    heads.push(headOf(current));
  }
  return heads.length === 0 ? `a thrown ${typeof error}` : heads.join('; caused by ');
}

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
    lines.push(headOf(current));
    lines.push(...(current.stack?.match(FRAME) ?? []));
    if (current instanceof AggregateError) lines.push(...current.errors.slice(0, CAUSES).map(oneOfSeveral));
    current = current.cause;
  }
  return lines.join('\n');
}
