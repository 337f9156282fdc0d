import { type Interface, type ReadLineOptions, createInterface } from 'node:readline';
import { Writable } from 'node:stream';

import { Aborted } from './command-error.js';

type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean };
type Output = NodeJS.WritableStream & { readonly isTTY?: boolean };

export interface Streams {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
}

export type Verbosity = 'quiet' | 'normal' | 'verbose';

/** What the operator sees and answers: data on standard output, everything else on standard error. */
export class Console {
  verbosity: Verbosity = 'normal';
  #question: Interface | null = null;

  constructor(private readonly streams: Streams) {}

  /** Whether a person sits at the keyboard. */
  get isInteractive(): boolean {
    return this.streams.stdin.isTTY === true;
  }

  /** Whether a person, and no file or program, gets the data. */
  get isOutputSeen(): boolean {
    return this.streams.stdout.isTTY === true;
  }

  /** One line of data. */
  data(line: string): void {
    this.streams.stdout.write(`${line}\n`);
  }

  /** For data that is too much to be held: whoever writes it waits for its turn. */
  get output(): NodeJS.WritableStream {
    return this.streams.stdout;
  }

  /** As it is. */
  write(text: string): void {
    this.streams.stdout.write(text);
  }

  /** Silenced by -q. */
  say(message: string): void {
    if (this.verbosity !== 'quiet') this.streams.stderr.write(`${message}\n`);
  }

  /** With -v only. */
  explain(message: string): void {
    if (this.verbosity === 'verbose') this.streams.stderr.write(`${message}\n`);
  }

  /** Whatever -q says. */
  complain(message: string): void {
    this.streams.stderr.write(`${message}\n`);
  }

  /** Written over by the next one; `''` at the end. Only for a person who looks. */
  progress(text: string): void {
    const { stderr } = this.streams;
    if (this.verbosity !== 'quiet' && stderr.isTTY === true) stderr.write(`\r\u001B[K${text}`);
  }

  /** @returns whether the answer is yes @throws Aborted at the end of the input */
  async confirm(question: string): Promise<boolean> {
    const { stdin, stderr } = this.streams;
    const options = this.isInteractive ? { output: stderr, terminal: true } : { terminal: false };
    const endLine = () => stderr.write('\n');
    const answer = await this.#line({ input: stdin, ...options }, `${question} [y/N]: `).catch(
      (error: unknown) => {
        endLine();
        throw error;
      },
    );
    // A terminal has shown the Enter key.
    if (!this.isInteractive) endLine();
    return ['y', 'yes'].includes(answer.trim().toLowerCase());
  }

  /** Asks on a terminal, and shows nothing of what is typed. @throws Aborted */
  async askHidden(question: string): Promise<string> {
    const { stdin, stderr } = this.streams;
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    const options = { input: stdin, output: nowhere, terminal: true, historySize: 0 };
    try {
      return await this.#line(options, question);
    } finally {
      stderr.write('\n');
    }
  }

  /** The first line of standard input, without its end. @throws Aborted when there is none */
  readLine(): Promise<string> {
    return this.#line({ input: this.streams.stdin, terminal: false }, '');
  }

  /** Ends a question that nobody waits for any more: it would keep the process, and the terminal without echo. */
  close(): void {
    this.#question?.close();
  }

  async #line(options: ReadLineOptions, prompt: string): Promise<string> {
    const question = createInterface(options);
    this.#question = question;
    try {
      return await new Promise<string>((resolve, reject) => {
        question.once('line', resolve);
        question.once('SIGINT', () => reject(new Aborted()));
        question.once('close', () => reject(new Aborted()));
        // Only now: the terminal has ceased to echo before anybody is asked.
        this.streams.stderr.write(prompt);
      });
    } finally {
      question.close();
      this.#question = null;
    }
  }
}
