/** A command cannot do what it was asked to; the text goes to the operator as `Error: …`, the process ends with 1. */
export class CommandError extends Error {}

/** The operator changed their mind: `Aborted!`, and 1. */
export class Aborted extends Error {
  constructor() {
    super('Aborted!');
  }
}
