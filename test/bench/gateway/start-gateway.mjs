import { fork } from 'node:child_process';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, 'gateway.mjs');

/** Starts the process that asks, see gateway.mjs. */
export function startGateway() {
  const child = fork(PROGRAM, [], { execArgv: [] });
  let waiting = null;
  child.on('message', (answer) => waiting?.resolve(answer));
  child.on('exit', (code) => waiting?.reject(new Error(`the process that asks ended with ${code}`)));
  const order = (message) =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      child.send(message);
    });
  return {
    /** @throws Error when something came that was not expected, unless `takesAnything` */
    async run(message) {
      const outcome = await order(message);
      if (outcome.unexpected > 0 && !message.takesAnything) {
        throw new Error(
          `${outcome.unexpected} answers to "${message.source.kind}" were others:\n${outcome.sample}`,
        );
      }
      return outcome;
    },
    forget: () => order({ forget: true }),
    stop: () => child.disconnect(),
  };
}
