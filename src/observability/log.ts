import type { LoggerService } from '@nestjs/common';
import { type LevelWithSilent, type Logger, destination, pino, symbols } from 'pino';

type SonicBoom = ReturnType<typeof destination>;

/** Of lines that are written at once. */
const GATHERED_CHARACTERS = 12 * 1_024;
const GATHERED_FOR_MS = 50;

/**
 * Structured log lines on standard output. Whoever logs takes care that no seed, PIN, OTP, password or JWT is in a line:
 * request parameters and query strings are never logged.
 *
 * Lines of a few milliseconds are written together: a write for each would be dearer than all else about them. At the end of the
 * process, unless it is killed, all of them are.
 */
export function createLog(level: string): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    gathering(destination({ dest: 1, sync: false })),
  );
}

/**
 * Hands lines on together, when there are many or after a while. SonicBoom's own `minLength` would put all that waits into one
 * piece of memory again with each line.
 */
function gathering(lines: SonicBoom): SonicBoom {
  const write = lines.write.bind(lines);
  const flush = lines.flush.bind(lines);
  const flushSync = lines.flushSync.bind(lines);
  const end = lines.end.bind(lines);
  let gathered = '';
  let isDue = false;
  let takesMore = true;
  lines.on('drain', () => {
    takesMore = true;
  });
  const handOn = () => {
    if (gathered === '') return;
    const text = gathered;
    gathered = '';
    takesMore = write(text);
  };
  const whenDue = () => {
    isDue = false;
    handOn();
  };
  return Object.assign(lines, {
    write(text: string): boolean {
      gathered += text;
      if (gathered.length >= GATHERED_CHARACTERS) handOn();
      else if (!isDue) {
        isDue = true;
        setTimeout(whenDue, GATHERED_FOR_MS).unref();
      }
      return takesMore;
    },
    flush(done?: (error?: Error) => void): void {
      handOn();
      flush(done);
    },
    flushSync(): void {
      handOn();
      flushSync();
    },
    end(): void {
      handOn();
      end();
    },
  });
}

/** Where its lines go: whoever else writes there writes whole lines. */
export function linesOf(log: Logger): SonicBoom {
  return Reflect.get(log, symbols.streamSym) as SonicBoom;
}

/** pino's name for one of Python's numbers, which LinOTP's clients send: 10 debug … 50 critical. */
export function levelOfNumber(number: number): LevelWithSilent {
  if (number >= 50) return 'fatal';
  if (number >= 40) return 'error';
  if (number >= 30) return 'warn';
  if (number >= 20) return 'info';
  return number >= 10 ? 'debug' : 'trace';
}

/** Lets Nest log through pino. */
export class NestLog implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(...line(message, rest));
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.logger.error(...line(message, rest));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.logger.warn(...line(message, rest));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.logger.debug(...line(message, rest));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.logger.trace(...line(message, rest));
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.logger.fatal(...line(message, rest));
  }
}

/** Nest gives a message, perhaps a stack, and the name of who speaks, last. */
function line(message: unknown, rest: readonly unknown[]): [object, string] {
  const context: unknown = rest.at(-1);
  const stack = rest.length > 1 ? rest[0] : undefined;
  const fields = {
    ...(typeof context === 'string' && { context }),
    ...(typeof stack === 'string' && { stack }),
  };
  if (message instanceof Error) return [{ ...fields, err: message }, message.message];
  return typeof message === 'object' && message !== null
    ? [{ ...fields, ...message }, '']
    : [fields, String(message)];
}
