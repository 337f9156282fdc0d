/** A command cannot do what it was asked to; the text goes to the operator as `Error: …`, the process ends with 1 unless said otherwise. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(
    message: string,
    { exitCode = 1, ...options }: ErrorOptions & { readonly exitCode?: number } = {},
  ) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The operator changed their mind: `Aborted!`, and 1. */
export class Aborted extends Error {
  constructor() {
    super('Aborted!');
  }
}
